-- Stock against the sales of the last 90 days, by variant; on the as-of day and the last 13 month ends.
-- A variant that sold without being in stock has a row too: that is a shortage.

with

stock_days as (

    {{ stock_days() }}

),

stock as (

    select
        stock_days.stock_date,
        periods.outlet_id,
        vehicles.series,
        vehicles.variant,
        count(*) as stock_units
    from stock_days
    inner join {{ ref('int_vehicle_stock_period') }} as periods
        on
            periods.received_date <= stock_days.stock_date
            and (periods.left_date is null or stock_days.stock_date < periods.left_date)
    inner join {{ ref('int_vehicle_offered') }} as vehicles on periods.vin = vehicles.vin
    group by stock_days.stock_date, periods.outlet_id, vehicles.series, vehicles.variant

),

sales as (

    select
        stock_days.stock_date,
        deliveries.outlet_id,
        deliveries.series,
        deliveries.variant,
        count(*) as sold_units
    from stock_days
    inner join {{ ref('int_retail_delivery_counted') }} as deliveries
        on
            deliveries.delivered_date > {{ add_days('stock_days.stock_date', -90) }}
            and deliveries.delivered_date <= stock_days.stock_date
    group by stock_days.stock_date, deliveries.outlet_id, deliveries.series, deliveries.variant

),

cells as (

    select stock_date, outlet_id, series, variant, stock_units, 0 as sold_units from stock
    union all
    select stock_date, outlet_id, series, variant, 0 as stock_units, sold_units from sales

),

variants as (

    select
        stock_date,
        outlet_id,
        series,
        variant,
        {{ total('stock_units') }} as stock_units,
        {{ total('sold_units') }} as sold_90d_units
    from cells
    group by stock_date, outlet_id, series, variant

)

select
    outlet_id,
    stock_date,
    series,
    variant,
    stock_units,
    sold_90d_units,
    {{ ratio('stock_units', 'sum(stock_units) over (partition by outlet_id, stock_date)') }} as stock_share,
    {{ ratio('sold_90d_units', 'sum(sold_90d_units) over (partition by outlet_id, stock_date)') }} as sales_share,
    {{ ratio('stock_units * 90', 'sold_90d_units') }} as cover_days,
    stock_date = {{ as_of_date() }} as is_as_of

from variants
