-- First in first out, with the reason of every exception: which car goes to which order.

select
    vin,
    vehicle_order_id,
    outlet_id,
    product_id,
    cast(match_no as bigint) as match_no,
    reason

from {{ ref('stg_engine_vin_match') }}
