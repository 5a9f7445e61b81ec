-- What there is to sell, by series and month ahead: slots whose cars arrive in the month, and at the start
-- stock, cars under way and open orders. A month without a slot row has no known capacity, which is not a
-- capacity of nothing.

with

series as (

    select series from {{ ref('dim_product') }}
    group by series

),

months as (

    {{ date_series(add_months(running_month(), 1), add_months(running_month(), 12), 'month') }}

),

slots as (

    select
        series,
        arrival_month as plan_month,
        sum(capacity_units) as capacity_units,
        sum(scheduled_units) as scheduled_units
    from {{ ref('int_production_slot_dated') }}
    group by series, arrival_month

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

)

select
    series.series,
    months.calendar_date as plan_month,
    cast(slots.capacity_units as bigint) as capacity_units,
    cast(slots.scheduled_units as bigint) as scheduled_units,
    cast(coalesce(stock.stock_units, 0) as bigint) as stock_units,
    cast(coalesce(orders.in_transit_units, 0) as bigint) as in_transit_units,
    cast(coalesce(orders.open_orders, 0) as bigint) as open_orders,
    cast(coalesce(orders.sold_orders, 0) as bigint) as sold_orders,
    cast(coalesce(orders.slipped_orders, 0) as bigint) as slipped_orders

from series
cross join months
left join slots on series.series = slots.series and months.calendar_date = slots.plan_month
left join stock on series.series = stock.series
left join orders on series.series = orders.series
