select
    supplier_outlet_code,
    part_id,
    outlet_id,
    supply,
    wanted,
    allocated,
    for_waiting,
    short,
    score,
    rank,
    reason,
    rule_id

from {{ source('engine', 'part_allocation') }}
