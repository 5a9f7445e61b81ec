select
    -- ids
    vehicle_stock_move_id,
    outlet_id,
    vin,

    -- text
    state,
    move_type,
    bay,
    reference,

    -- numbers
    version,

    -- dates and times
    moved_at,
    effective_at,
    recorded_at

from {{ latest_version(source('operational', 'vehicle_stock_move'), 'vehicle_stock_move_id', versioned=false) }}
