-- Who wants how much and what was published for him, beside what he brings to the sharing of supply. Where a
-- promoted scenario constrains the plan, what was published lies below what was wanted.

with

plan as (

    select
        outlet_id,
        item as series,
        forecast_month as plan_month,
        sum(hq) as demand_units,
        sum(final) as published_units
    from {{ ref('stg_engine_plan_step') }}
    where subject = 'vehicle' and forecast_month > {{ running_month() }}
    group by outlet_id, item, forecast_month

)

select
    plan.outlet_id,
    supply.market,
    supply.region_path,
    plan.series,
    plan.plan_month,
    cast(plan.demand_units as bigint) as demand_units,
    cast(plan.published_units as bigint) as published_units,
    supply.target_units,
    supply.sold_90d_units,
    supply.stock_units,
    supply.open_orders,
    supply.sold_orders,
    supply.promised_date

from plan
inner join {{ ref('mart_supply_outlet') }} as supply
    on
        plan.outlet_id = supply.outlet_id and plan.series = supply.series
        and plan.plan_month = supply.plan_month
