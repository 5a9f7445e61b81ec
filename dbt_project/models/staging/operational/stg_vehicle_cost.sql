select
    -- ids
    vehicle_cost_id,

    -- text
    state,
    name,
    currency,

    -- numbers
    version,
    holding_percent,

    -- dates and times
    effective_from_date,
    effective_to_date,
    effective_at,
    recorded_at,

    -- lines
    lines

from {{ latest_version(source('operational', 'vehicle_cost'), 'vehicle_cost_id') }}
