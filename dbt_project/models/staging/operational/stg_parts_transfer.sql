select
    -- ids
    parts_transfer_id,
    outlet_id,
    part_id,
    to_outlet_code,

    -- text
    state,
    reason,
    reject_reason,

    -- numbers
    version,
    quantity,

    -- dates and times
    requested_date,
    moved_at,
    effective_at,
    recorded_at

from {{ latest_version(source('operational', 'parts_transfer'), 'parts_transfer_id') }}
