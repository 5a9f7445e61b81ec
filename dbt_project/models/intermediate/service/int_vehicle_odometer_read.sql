-- Every reading of a car's odometer: by the car itself, at the workshop's door, at hand-over; days are UTC.
-- A car may report a reading that falls; what was read last counts, and the highest stands beside it.

with

readings as (

    select
        vin,
        cast(null as varchar) as outlet_id,
        'telematics' as source,
        vin || ' ' || cast(read_at as varchar) as source_key,
        odometer_km,
        {{ local_date('read_at', "'UTC'") }} as read_date
    from {{ ref('stg_telematics_odometer') }}

    union all

    select
        vin,
        outlet_id,
        'repair_order' as source,
        repair_order_id as source_key,
        odometer_km,
        {{ local_date('opened_at', "'UTC'") }} as read_date
    from {{ ref('stg_repair_order') }}
    where odometer_km is not null and state <> 'cancelled'

    union all

    select
        vin,
        outlet_id,
        'retail_delivery' as source,
        retail_delivery_id as source_key,
        odometer_km,
        delivered_date as read_date
    from {{ ref('stg_retail_delivery') }}
    where odometer_km is not null and state in ('reported', 'audited')

)

select
    vin,
    outlet_id,
    source,
    source_key,
    odometer_km,
    read_date,
    max(odometer_km) over (partition by vin) as highest_km,
    row_number() over (partition by vin order by read_date desc, odometer_km desc, source asc) as latest

from readings
where read_date <= {{ as_of_date() }}
