select
    -- ids
    parts_stock_move_id,
    outlet_id,
    part_id,

    -- text
    state,
    move_type,
    currency,
    bin,
    reference,

    -- numbers
    version,
    quantity,
    unit_cost_minor,

    -- dates and times
    moved_at,
    effective_at,
    recorded_at

from {{ latest_version(source('operational', 'parts_stock_move'), 'parts_stock_move_id', versioned=false) }}
