-- Cars on board, one row per shipment and car; of a car that travels twice the last journey has `latest` 1.

with

exploded as (

    select
        shipment_id,
        departure_date,
        eta_date,
        arrival_date,
        {{ each_line('cars') }} as car
    from {{ ref('stg_shipment') }}
    where state <> 'planned'

)

select
    shipment_id,
    car.vin as vin,
    departure_date,
    eta_date,
    arrival_date,
    row_number() over (partition by car.vin order by departure_date desc, shipment_id desc) as latest

from exploded
