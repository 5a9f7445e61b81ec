select
    -- ids
    blacklist_entry_id,
    outlet_id,
    customer_id,

    -- text
    state,
    reason,

    -- numbers
    version,

    -- dates and times
    listed_at,
    effective_at,
    recorded_at

from {{ latest_version(source('operational', 'blacklist_entry'), 'blacklist_entry_id') }}
