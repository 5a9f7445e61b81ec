-- Every car in stock on every day of the window, with two ages: since receipt and since production.

with

days as (

    {{ date_series(add_days(as_of_date(), 1 - var('vehicle_stock_window_days')), as_of_date()) }}

),

prices as (

    select vin, min(price_minor) as price_minor, min(currency) as currency
    from {{ ref('stg_vehicle_order') }}
    where vin is not null and state not in ('rejected', 'cancelled')
    group by vin

)

select
    periods.vin,
    days.calendar_date as stock_date,
    periods.outlet_id,
    products.series,
    products.variant,
    products.colour,
    vehicles.usage,
    periods.received_date,
    vehicles.production_date,
    {{ days_between('periods.received_date', 'days.calendar_date') }} as days_since_receipt,
    {{ days_between('vehicles.production_date', 'days.calendar_date') }} as days_since_production,
    {{ age_bucket(days_between('periods.received_date', 'days.calendar_date')) }} as age_bucket,
    prices.price_minor as value_minor,
    prices.currency

from {{ ref('int_vehicle_stock_period') }} as periods
inner join days
    on
        periods.received_date <= days.calendar_date
        and (periods.left_date is null or days.calendar_date < periods.left_date)
inner join {{ ref('stg_vehicle') }} as vehicles on periods.vin = vehicles.vin
inner join {{ ref('stg_product') }} as products on vehicles.product_id = products.product_id
left join prices on periods.vin = prices.vin
