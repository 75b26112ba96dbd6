{# The installation that the rows belong to, as two columns that Kiket sets when it runs the models. A fork keeps this. #}
{% macro installation_columns() %}
    cast('{{ env_var("KIKET_INSTALLATION_ID", "local") | replace("'", "''") }}' as varchar) as installation_id,
    cast('{{ env_var("KIKET_PRODUCT_IDENTIFIER", "local") | replace("'", "''") }}' as varchar) as product_identifier
{% endmacro %}
