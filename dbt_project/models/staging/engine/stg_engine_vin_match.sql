select
    vin,
    vehicle_order_id,
    outlet_id,
    product_id,
    match_no,
    reason

from {{ source('engine', 'vin_match') }}
