select
    -- ids
    source_trust_id,

    -- text
    state,
    source,
    attribute,
    reason,

    -- numbers
    version,
    trust_rank,

    -- dates and times
    effective_from_date,
    effective_to_date,
    effective_at,
    recorded_at

from {{ latest_version(source('operational', 'source_trust'), 'source_trust_id') }}
