-- Retail by series and month; months without a sale are rows, from the first sale on.

with

sales as (

    select
        outlet_id,
        series,
        delivered_month,
        count(*) as units
    from {{ ref('int_retail_delivery_counted') }}
    where delivered_month < {{ running_month() }}
    group by outlet_id, series, delivered_month

),

cells as (

    select outlet_id, series, min(delivered_month) as first_month
    from sales
    group by outlet_id, series

),

months as (

    {{ date_series(
        "(select coalesce(min(delivered_month), " ~ as_of_date() ~ ") from sales)",
        add_months(running_month(), -1),
        'month'
    ) }}

)

select
    outlets.market,
    outlets.region_path,
    cells.outlet_id,
    cells.series,
    months.calendar_date as sales_month,
    cast(coalesce(sales.units, 0) as bigint) as units

from cells
inner join months on cells.first_month <= months.calendar_date
inner join {{ ref('int_outlet_placed') }} as outlets on cells.outlet_id = outlets.outlet_id
left join sales
    on
        cells.outlet_id = sales.outlet_id
        and cells.series = sales.series
        and months.calendar_date = sales.delivered_month
