{# Minutes from one time to a later one, with a decimal; 0 if the clocks disagree about the order. #}
{% macro minutes_between(earlier, later) %}
    round(greatest(extract(epoch from {{ later }} - {{ earlier }}), 0) / 60, 1)
{% endmacro %}
