select
    -- ids
    stock_group_id,
    parent_group_id,
    ordering_outlet_code,

    -- text
    state,
    name,

    -- numbers
    version,

    -- dates and times
    effective_from_date,
    effective_to_date,
    effective_at,
    recorded_at,

    -- lines
    members

from {{ latest_version(source('operational', 'stock_group'), 'stock_group_id') }}
