-- Stock by variant and age; on the as-of day and the last 13 month ends. Age runs from the outlet's
-- receipt; the age since production stands beside it because the sea voyage is long.

with

stock_days as (

    {{ stock_days() }}

),

prices as (

    select vin, min(price_minor) as price_minor, min(currency) as currency
    from {{ ref('stg_vehicle_order') }}
    where vin is not null and state not in ('rejected', 'cancelled')
    group by vin

),

cars as (

    select
        stock_days.stock_date,
        periods.outlet_id,
        vehicles.series,
        vehicles.variant,
        prices.price_minor,
        {{ days_between('periods.received_date', 'stock_days.stock_date') }} as days_since_receipt,
        {{ days_between('vehicles.production_date', 'stock_days.stock_date') }} as days_since_production
    from stock_days
    inner join {{ ref('int_vehicle_stock_period') }} as periods
        on
            periods.received_date <= stock_days.stock_date
            and (periods.left_date is null or stock_days.stock_date < periods.left_date)
    inner join {{ ref('int_vehicle_offered') }} as vehicles on periods.vin = vehicles.vin
    left join prices on periods.vin = prices.vin

),

aged as (

    select *, {{ age_bucket('days_since_receipt') }} as age_bucket
    from cars

),

cells as (

    select
        outlet_id,
        stock_date,
        series,
        variant,
        age_bucket,
        cast(count(*) as bigint) as units,
        {{ count_where('days_since_receipt > 90') }} as aged_units,
        {{ total('price_minor') }} as value_minor,
        {{ count_where('price_minor is null') }} as unpriced_units,
        {{ total('days_since_receipt') }} as days_since_receipt_sum,
        {{ total('days_since_production') }} as days_since_production_sum
    from aged
    group by outlet_id, stock_date, series, variant, age_bucket

)

select
    cells.outlet_id,
    cells.stock_date,
    cells.series,
    cells.variant,
    cells.age_bucket,
    cells.units,
    cells.aged_units,
    cells.value_minor,
    outlets.currency,
    cells.unpriced_units,
    cells.days_since_receipt_sum,
    cells.days_since_production_sum,
    cover.stock_units as variant_stock_units,
    cover.sold_90d_units as variant_sold_90d_units,
    cover.stock_share as variant_stock_share,
    cover.sales_share as variant_sales_share,
    cover.cover_days as variant_cover_days,
    cells.stock_date = {{ as_of_date() }} as is_as_of

from cells
inner join {{ ref('int_outlet_placed') }} as outlets on cells.outlet_id = outlets.outlet_id
inner join {{ ref('mart_stock_cover') }} as cover
    on
        cells.outlet_id = cover.outlet_id
        and cells.stock_date = cover.stock_date
        and cells.series = cover.series
        and cells.variant = cover.variant
