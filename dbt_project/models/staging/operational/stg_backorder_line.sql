select
    -- ids
    backorder_line_id,
    outlet_id,
    parts_order_id,
    part_id,

    -- text
    state,

    -- numbers
    version,
    line_no,
    quantity,

    -- dates and times
    owed_since_date,
    eta_date,
    effective_at,
    recorded_at

from {{ latest_version(source('operational', 'backorder_line'), 'backorder_line_id') }}
