select
    -- ids
    parts_target_id,
    outlet_id,

    -- text
    state,
    horizon,
    category,
    measure,
    currency,

    -- numbers
    version,
    amount_minor,
    units,

    -- dates and times
    target_month,
    effective_at,
    recorded_at

from {{ latest_version(source('operational', 'parts_target'), 'parts_target_id') }}
