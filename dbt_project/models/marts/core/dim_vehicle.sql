-- A car carries no person: who owns it stands with the deliveries.

with

delivered as (

    select vin, outlet_id, delivered_date, warranty_start_date
    from (
        select
            *,
            row_number() over (partition by vin order by delivered_date desc, retail_delivery_id desc) as latest
        from {{ ref('int_retail_delivery_counted') }}
    ) as ranked
    where latest = 1

),

held as (

    select vin, outlet_id
    from {{ ref('int_vehicle_stock_period') }}
    where left_date is null

),

readings as (

    select *
    from {{ ref('int_vehicle_odometer_read') }}
    where latest = 1

)

select
    vehicles.vin,
    vehicles.product_id,
    products.series,
    products.model,
    products.variant,
    products.colour,
    vehicles.engine_no,
    vehicles.plant,
    vehicles.state,
    vehicles.usage,
    held.outlet_id as holder_outlet_id,
    delivered.outlet_id as seller_outlet_id,
    vehicles.production_date,
    vehicles.registration_date,
    delivered.delivered_date,
    delivered.warranty_start_date,
    readings.odometer_km,
    readings.read_date as odometer_read_date,
    readings.source as odometer_source,
    readings.odometer_km < readings.highest_km as is_odometer_doubtful

from {{ ref('stg_vehicle') }} as vehicles
left join {{ ref('stg_product') }} as products on vehicles.product_id = products.product_id
left join held on vehicles.vin = held.vin
left join delivered on vehicles.vin = delivered.vin
left join readings on vehicles.vin = readings.vin
