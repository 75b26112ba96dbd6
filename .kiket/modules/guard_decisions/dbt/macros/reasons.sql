{# The reasons of a decision as rows (guard, status, message), for `cross join lateral`. A decision without any has no rows. #}
{% macro reasons_of(details) %}
    jsonb_to_recordset(
        case
            when jsonb_typeof(cast({{ details }} as jsonb) -> 'reasons') = 'array' then cast({{ details }} as jsonb) -> 'reasons'
            else '[]'
        end
    ) as reason (guard text, status text, message text)
{% endmacro %}


{# A message that names people by their e-mail address or as "user 19", without the names: so that it is one reason. #}
{% macro without_people(message) %}
    regexp_replace(
        regexp_replace({{ message }}, '[\w.+-]+@[\w-]+([.][\w-]+)*', 'somebody', 'g'),
        '\muser \d+\M', 'somebody', 'g'
    )
{% endmacro %}
