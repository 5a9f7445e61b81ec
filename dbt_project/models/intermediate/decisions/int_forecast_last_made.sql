-- The forecast that a month is judged by. A month that is over has the one of the last vintage made before it
-- began: what was expected, not what was learnt since. The running month and later ones have the latest.

with

vintages as (

    select
        subject,
        outlet_id,
        item,
        forecast_month,
        final as units,
        vintage_date,
        kind,
        max(vintage_date) over (partition by subject, forecast_month) as last_vintage_date
    from {{ ref('stg_engine_plan_vintage') }}
    where vintage_date < forecast_month and forecast_month < {{ running_month() }}

)

select
    subject,
    outlet_id,
    item,
    forecast_month,
    mean as units,
    {{ as_of_date() }} as vintage_date,
    'current' as kind
from {{ ref('mart_forecast') }}
where step = 'final' and forecast_month >= {{ running_month() }}

union all

-- a cell that this vintage leaves out had no forecast; an older one does not speak for it
select subject, outlet_id, item, forecast_month, units, vintage_date, kind
from vintages
where vintage_date = last_vintage_date
