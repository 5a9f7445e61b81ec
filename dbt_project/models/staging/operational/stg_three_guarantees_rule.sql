select
    -- ids
    three_guarantees_rule_id,

    -- text
    state,
    measure,
    market,
    complaint_code,
    remedy,

    -- numbers
    version,
    term_days,
    term_km,
    watch_from,
    reached_at,

    -- dates and times
    effective_from_date,
    effective_to_date,
    effective_at,
    recorded_at

from {{ latest_version(source('operational', 'three_guarantees_rule'), 'three_guarantees_rule_id') }}
