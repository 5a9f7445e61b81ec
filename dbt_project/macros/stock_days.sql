{# The days on which stock is photographed: the as-of day and the ends of the last 13 months. #}
{% macro stock_days() -%}
    select {{ as_of_date() }} as stock_date
    union all
    select {{ add_days('calendar_date', -1) }} as stock_date
    from (
        {{ date_series(add_months(running_month(), -12), running_month(), 'month') }}
    ) as month_starts
    where {{ add_days('calendar_date', -1) }} < {{ as_of_date() }}
{%- endmacro %}
