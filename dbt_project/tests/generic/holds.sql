{# A statement that is true of every row; null counts as false. #}
{% test holds(model, statement) %}
select *
from {{ model }}
where not coalesce(({{ statement }}), false)
{% endtest %}
