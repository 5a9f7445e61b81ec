-- What sales and operations planning starts from, by series and month ahead: demand nobody has constrained,
-- cars sold and not yet there, stock, slots and schedule. A car built arrives after its transit; a month
-- without a slot row has no known capacity, which is not a capacity of nothing.

with

demand as (

    select
        item as series,
        forecast_month as plan_month,
        sum(final) as demand_units,
        sum(statistical) as statistical_units
    from {{ ref('stg_engine_plan_step') }}
    where subject = 'vehicle' and forecast_month > {{ running_month() }}
    group by item, forecast_month

),

slots as (

    select
        series,
        {{ month_of(add_days('build_month', 'cast(transit_days as integer) + 14')) }} as plan_month,
        sum(capacity_units) as capacity_units,
        sum(scheduled_units) as scheduled_units
    from {{ ref('stg_production_slot') }}
    group by series, {{ month_of(add_days('build_month', 'cast(transit_days as integer) + 14')) }}

),

targets as (

    select series, sales_month as plan_month, sum(retail_target) as target_units
    from {{ ref('mart_sales_attainment') }}
    group by series, sales_month

),

stock as (

    select series, sum(stock_units) as stock_units
    from {{ ref('mart_stock_cover') }}
    where is_as_of
    group by series

),

orders as (

    select
        series,
        count(*) as open_orders,
        {{ count_where('retail_order_id is not null') }} as sold_orders,
        {{ count_where('dispatched_date is not null') }} as in_transit_units,
        {{ count_where('promised_date < ' ~ as_of_date() ~ ' or last_promised_date > promised_date') }}
            as slipped_orders
    from {{ ref('mart_order_pipeline') }}
    where is_open
    group by series

),

prices as (

    select
        series,
        case when count(currency) = count(*) and min(currency) = max(currency) then avg(list_price_minor) end
            as price_minor,
        case when count(currency) = count(*) and min(currency) = max(currency) then min(currency) end as currency
    from {{ ref('dim_product') }}
    group by series

)

select
    demand.series,
    demand.plan_month,
    cast(demand.demand_units as bigint) as demand_units,
    cast(demand.statistical_units as bigint) as statistical_units,
    cast(targets.target_units as bigint) as target_units,
    cast(slots.capacity_units as bigint) as capacity_units,
    cast(slots.scheduled_units as bigint) as scheduled_units,
    cast(coalesce(stock.stock_units, 0) as bigint) as stock_units,
    cast(coalesce(orders.in_transit_units, 0) as bigint) as in_transit_units,
    cast(coalesce(orders.open_orders, 0) as bigint) as open_orders,
    cast(coalesce(orders.sold_orders, 0) as bigint) as sold_orders,
    cast(coalesce(orders.slipped_orders, 0) as bigint) as slipped_orders,
    cast(round(prices.price_minor) as bigint) as price_minor,
    prices.currency

from demand
left join slots on demand.series = slots.series and demand.plan_month = slots.plan_month
left join targets on demand.series = targets.series and demand.plan_month = targets.plan_month
left join stock on demand.series = stock.series
left join orders on demand.series = orders.series
left join prices on demand.series = prices.series
