{# Whether a relation bounded by chassis numbers holds for a car: the end of its VIN, as long as the bound is, lies
   between the bounds, compared as text. No bound on a side: all cars on that side. #}
{% macro is_for_car(vin, relation) -%}
    (
        ({{ relation }}.serial_from is null
         or right({{ vin }}, length({{ relation }}.serial_from)) >= {{ relation }}.serial_from)
        and ({{ relation }}.serial_to is null
             or right({{ vin }}, length({{ relation }}.serial_to)) <= {{ relation }}.serial_to)
    )
{%- endmacro %}
