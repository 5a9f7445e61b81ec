-- What sales and operations planning starts from, by series and month ahead: demand nobody has constrained
-- (headquarters' step of the plan), cars sold and not yet there, stock, slots and schedule. A car built arrives
-- after its transit; a month without a slot row has no known capacity, which is not a capacity of nothing.

with

demand as (

    select
        item as series,
        forecast_month as plan_month,
        sum(hq) as demand_units,
        sum(final) as published_units,
        sum(statistical) as statistical_units
    from {{ ref('stg_engine_plan_step') }}
    where subject = 'vehicle' and forecast_month > {{ running_month() }}
    group by item, forecast_month

),

targets as (

    select series, sales_month as plan_month, sum(retail_target) as target_units
    from {{ ref('mart_sales_attainment') }}
    group by series, sales_month

),

prices as (

    select
        series,
        case when count(currency) = count(*) and min(currency) = max(currency) then avg(list_price_minor) end
            as price_minor,
        case when count(currency) = count(*) and min(currency) = max(currency) then min(currency) end as currency
    from {{ ref('dim_product') }}
    group by series

),

cost_lines as (

    select
        vehicle_cost_id,
        currency,
        holding_percent,
        effective_from_date,
        {{ each_line('lines') }} as line
    from {{ ref('stg_vehicle_cost') }}
    where
        state = 'active'
        and effective_from_date <= {{ as_of_date() }}
        and (effective_to_date is null or effective_to_date >= {{ as_of_date() }})

),

costs as (

    select
        vehicle_cost_id,
        currency,
        line.series as series,
        line.unit_cost_minor as unit_cost_minor,
        holding_percent,
        row_number() over (
            partition by currency, line.series order by effective_from_date desc, vehicle_cost_id desc
        ) as choice
    from cost_lines

)

select
    demand.series,
    demand.plan_month,
    cast(demand.demand_units as bigint) as demand_units,
    cast(demand.published_units as bigint) as published_units,
    cast(demand.statistical_units as bigint) as statistical_units,
    cast(targets.target_units as bigint) as target_units,
    supply.capacity_units,
    supply.scheduled_units,
    coalesce(supply.stock_units, 0) as stock_units,
    coalesce(supply.in_transit_units, 0) as in_transit_units,
    coalesce(supply.open_orders, 0) as open_orders,
    coalesce(supply.sold_orders, 0) as sold_orders,
    coalesce(supply.slipped_orders, 0) as slipped_orders,
    cast(round(prices.price_minor) as bigint) as price_minor,
    prices.currency,
    cast(costs.unit_cost_minor as bigint) as unit_cost_minor,
    cast(costs.holding_percent as double) as holding_percent,
    costs.vehicle_cost_id

from demand
left join {{ ref('mart_supply') }} as supply
    on demand.series = supply.series and demand.plan_month = supply.plan_month
left join targets on demand.series = targets.series and demand.plan_month = targets.plan_month
left join prices on demand.series = prices.series
left join costs
    on demand.series = costs.series and prices.currency = costs.currency and costs.choice = 1
