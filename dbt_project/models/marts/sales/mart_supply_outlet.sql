-- What an outlet brings to the sharing of supply: its stock, orders sold to customers, sales and target.

with

cars as (

    select
        outlet_id,
        series,
        {{ total('stock_units') }} as stock_units,
        {{ total('sold_90d_units') }} as sold_90d_units
    from {{ ref('mart_stock_cover') }}
    where is_as_of
    group by outlet_id, series

),

orders as (

    select
        outlet_id,
        series,
        count(*) as open_orders,
        {{ count_where('retail_order_id is not null') }} as sold_orders,
        min(case when retail_order_id is not null then promised_date end) as promised_date
    from {{ ref('mart_order_pipeline') }}
    where is_open
    group by outlet_id, series

),

targets as (

    select outlet_id, series, target_month, units
    from (
        select
            *,
            row_number() over (
                partition by outlet_id, series, target_month order by effective_at desc, sales_target_id desc
            ) as latest
        from {{ ref('stg_sales_target') }}
        where state in ('issued', 'revised') and measure = 'retail' and target_month > {{ running_month() }}
    ) as ranked
    where latest = 1

),

months as (

    {{ date_series(add_months(running_month(), 1), add_months(running_month(), 12), 'month') }}

),

series as (

    select series from {{ ref('dim_product') }}
    group by series

)

select
    outlets.outlet_id,
    outlets.market,
    outlets.region_path,
    series.series,
    months.calendar_date as plan_month,
    cast(targets.units as bigint) as target_units,
    cast(coalesce(cars.sold_90d_units, 0) as bigint) as sold_90d_units,
    cast(coalesce(cars.stock_units, 0) as bigint) as stock_units,
    cast(coalesce(orders.open_orders, 0) as bigint) as open_orders,
    cast(coalesce(orders.sold_orders, 0) as bigint) as sold_orders,
    orders.promised_date

from {{ ref('int_outlet_placed') }} as outlets
cross join series
cross join months
left join cars on outlets.outlet_id = cars.outlet_id and series.series = cars.series
left join orders on outlets.outlet_id = orders.outlet_id and series.series = orders.series
left join targets
    on
        outlets.outlet_id = targets.outlet_id and series.series = targets.series
        and months.calendar_date = targets.target_month
