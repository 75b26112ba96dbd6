{# The installation that the rows belong to, as two columns that Kiket sets when it runs the models. A fork keeps this. #}
{% macro installation_columns() %}
    cast('{{ env_var("KIKET_INSTALLATION_ID", "local") | replace("'", "''") }}' as varchar) as installation_id,
    cast('{{ env_var("KIKET_PRODUCT_IDENTIFIER", "local") | replace("'", "''") }}' as varchar) as product_identifier
{% endmacro %}

{# Minutes from one time to a later one, with a decimal; 0 if the clocks disagree about the order. #}
{% macro minutes_between(earlier, later) %}
    round(greatest(extract(epoch from {{ later }} - {{ earlier }}), 0) / 60, 1)
{% endmacro %}

{# The override that let a move through, as JSON with by and reason, or null. #}
{% macro override_of(details) %}
    nullif(cast({{ details }} as jsonb) -> 'override', 'null')
{% endmacro %}

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
