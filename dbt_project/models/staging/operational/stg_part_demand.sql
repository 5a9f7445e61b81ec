select
    -- ids
    part_demand_id,
    outlet_id,
    part_id,
    substitute_part_id,
    repair_order_id,
    vin,

    -- text
    state,
    channel,
    lost_reason,

    -- numbers
    version,
    quantity,
    filled_quantity,
    backordered_quantity,
    lost_quantity,

    -- dates and times
    demanded_at,
    effective_at,
    recorded_at

from {{ latest_version(source('operational', 'part_demand'), 'part_demand_id') }}
