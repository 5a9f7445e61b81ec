select
    -- ids
    stock_limit_id,
    outlet_id,
    part_id,

    -- text
    state,
    reason,

    -- numbers
    version,
    maximum_units,

    -- dates and times
    valid_from_date,
    valid_to_date,
    effective_at,
    recorded_at

from {{ latest_version(source('operational', 'stock_limit'), 'stock_limit_id') }}
