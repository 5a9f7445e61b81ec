-- How good each step of the plan was at each lag, from kept vintages whose month is over. Errors are
-- taken after adding up to the level: misses of two outlets that cancel out are no miss of the market.

with

judged as (

    select *
    from {{ ref('mart_forecast_vintage') }}
    where actual_units is not null and lag >= 1

),

levels as (

    {% set levels = {'outlet_item': ['outlet_id', 'item'], 'market_item': ['market', 'item'],
                     'outlet': ['outlet_id'], 'market': ['market'], 'network': []} %}
    {% for level, keys in levels.items() %}
    select
        subject,
        '{{ level }}' as level,
        forecast_month,
        lag,
        fence,
        step,
        step_no,
        max(kind) as kind,
        sum(units) as units,
        sum(actual_units) as actual_units
    from judged
    group by subject, forecast_month, lag, fence, step, step_no{% for key in keys %}, {{ key }}{% endfor %}

    {% if not loop.last %}union all{% endif %}
    {% endfor %}

)

select
    subject,
    level,
    forecast_month,
    cast(lag as bigint) as lag,
    fence,
    step,
    cast(step_no as bigint) as step_no,
    max(kind) as kind,
    cast(sum(units) as double) as units,
    cast(sum(actual_units) as double) as actual_units,
    cast(sum(abs(units - actual_units)) as double) as absolute_error_units,
    cast(sum(units - actual_units) as double) as error_units,
    cast(count(*) as bigint) as n

from levels
group by subject, level, forecast_month, lag, fence, step, step_no
