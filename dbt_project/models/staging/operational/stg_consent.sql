select
    -- ids
    consent_id,
    outlet_id,
    customer_id,

    -- text
    state,
    purpose,
    channel,
    basis,
    text_version,
    proof_sha256,

    -- numbers
    version,

    -- dates and times
    given_at,
    expires_date,
    withdrawn_at,
    effective_at,
    recorded_at

from {{ latest_version(source('operational', 'consent'), 'consent_id') }}
