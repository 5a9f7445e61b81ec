-- Who gets how much: demand and the published plan by market, beside its stock and open orders. Where a
-- promoted scenario constrains the plan, what was published lies below what was wanted.

with

plan as (

    select
        market,
        item as series,
        forecast_month as plan_month,
        sum(hq) as demand_units,
        sum(final) as published_units
    from {{ ref('stg_engine_plan_step') }}
    where subject = 'vehicle' and forecast_month > {{ running_month() }}
    group by market, item, forecast_month

),

stock as (

    select
        outlets.market,
        covers.series,
        sum(covers.stock_units) as stock_units
    from {{ ref('mart_stock_cover') }} as covers
    inner join {{ ref('int_outlet_placed') }} as outlets on covers.outlet_id = outlets.outlet_id
    where covers.is_as_of
    group by outlets.market, covers.series

),

orders as (

    select
        outlets.market,
        pipeline.series,
        count(*) as open_orders,
        {{ count_where('pipeline.retail_order_id is not null') }} as sold_orders
    from {{ ref('mart_order_pipeline') }} as pipeline
    inner join {{ ref('int_outlet_placed') }} as outlets on pipeline.outlet_id = outlets.outlet_id
    where pipeline.is_open
    group by outlets.market, pipeline.series

)

select
    plan.market,
    plan.series,
    plan.plan_month,
    cast(plan.demand_units as bigint) as demand_units,
    cast(plan.published_units as bigint) as published_units,
    cast(coalesce(stock.stock_units, 0) as bigint) as stock_units,
    cast(coalesce(orders.open_orders, 0) as bigint) as open_orders,
    cast(coalesce(orders.sold_orders, 0) as bigint) as sold_orders

from plan
left join stock on plan.market = stock.market and plan.series = stock.series
left join orders on plan.market = orders.market and plan.series = orders.series
