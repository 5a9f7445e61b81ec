select
    product_id,
    outlet_id,
    wanted,
    allocated,
    for_waiting,
    short,
    score,
    rank,
    reason,
    rule_id

from {{ source('engine', 'vehicle_allocation') }}
