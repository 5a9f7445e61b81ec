-- Every odometer reading of a car, whoever wrote it down, one a day and source. A further source
-- (telematics, an inspection) is one more part of the union.

select
    vin,
    outlet_id,
    'repair_order' as source,
    repair_order_id as source_key,
    odometer_km,
    opened_date as read_date
from {{ ref('int_repair_order_dated') }}
where odometer_km is not null

union all

select
    deliveries.vin,
    deliveries.outlet_id,
    'retail_delivery' as source,
    deliveries.retail_delivery_id as source_key,
    handed.odometer_km,
    deliveries.delivered_date as read_date
from {{ ref('int_retail_delivery_counted') }} as deliveries
inner join {{ ref('stg_retail_delivery') }} as handed
    on deliveries.retail_delivery_id = handed.retail_delivery_id
where handed.odometer_km is not null
