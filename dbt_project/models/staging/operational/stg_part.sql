select
    -- ids
    part_id,

    -- text
    state,
    part_no,
    description,
    category,
    criticality,

    -- numbers
    version,
    pack_size,
    minimum_quantity,
    shelf_life_days,

    -- booleans
    is_returnable,

    -- dates and times
    introduced_date,
    effective_at,
    recorded_at

from {{ latest_version(source('operational', 'part'), 'part_id') }}
