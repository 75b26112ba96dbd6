{# The reasons of a decision as rows (guard, status, message), for `cross join lateral`. A decision without any has no rows. #}
{% macro reasons_of(details) %}
    jsonb_to_recordset(
        case
            when jsonb_typeof(cast({{ details }} as jsonb) -> 'reasons') = 'array' then cast({{ details }} as jsonb) -> 'reasons'
            else '[]'
        end
    ) as reason (guard text, status text, message text)
{% endmacro %}


{# A message without the email addresses and "user 19" that name people, so that it counts as one reason. #}
{% macro without_people(message) %}
    regexp_replace(
        regexp_replace({{ message }}, '[\w.+-]+@[\w-]+([.][\w-]+)*', 'somebody', 'g'),
        '\muser \d+\M', 'somebody', 'g'
    )
{% endmacro %}
