select
    -- ids
    contact_refusal_id,
    outlet_id,
    customer_id,

    -- text
    state,
    channel,

    -- numbers
    version,

    -- dates and times
    requested_at,
    effective_at,
    recorded_at

from {{ latest_version(source('operational', 'contact_refusal'), 'contact_refusal_id') }}
