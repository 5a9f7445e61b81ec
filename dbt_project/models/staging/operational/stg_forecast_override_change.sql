select
    -- ids
    forecast_override_id,
    outlet_code,
    part_id,
    seen_override_id,

    -- text
    state,
    action,
    actor,
    subject,
    region_path,
    series,
    mode,
    spread,
    reason_code,
    note,
    author_level,

    -- numbers
    version,
    cast(value as double) as value,
    cast(baseline as double) as baseline,

    -- booleans
    is_locked,

    -- dates and times
    forecast_month,
    expires_date,
    effective_at,
    recorded_at

from {{ source('operational', 'forecast_override') }}
