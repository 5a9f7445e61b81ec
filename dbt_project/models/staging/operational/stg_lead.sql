select
    -- ids
    lead_id,
    outlet_id,
    customer_id,
    staff_id,

    -- text
    state,
    source,
    campaign,
    series,
    level,
    lost_reason,
    competitor,

    -- numbers
    version,

    -- dates and times
    arrived_at,
    first_contact_at,
    effective_at,
    recorded_at

from {{ latest_version(source('operational', 'lead'), 'lead_id') }}
