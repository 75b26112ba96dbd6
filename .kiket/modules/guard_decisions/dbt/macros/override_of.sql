{# The override that let a move through, as JSON with by and reason, or null. #}
{% macro override_of(details) %}
    nullif(cast({{ details }} as jsonb) -> 'override', 'null')
{% endmacro %}
