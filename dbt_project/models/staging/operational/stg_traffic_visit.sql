select
    -- ids
    traffic_visit_id,
    outlet_id,
    staff_id,
    customer_id,
    lead_id,

    -- text
    state,
    visit_type,
    source,

    -- numbers
    version,
    party_size,

    -- booleans
    has_card,

    -- dates and times
    arrived_at,
    left_at,
    effective_at,
    recorded_at

from {{ latest_version(source('operational', 'traffic_visit'), 'traffic_visit_id') }}
