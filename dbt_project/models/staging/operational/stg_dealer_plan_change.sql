select
    -- ids
    dealer_plan_id,
    outlet_id,

    -- text
    state,
    action,
    actor,
    horizon,
    series,
    variant,
    note,

    -- numbers
    version,
    retail_units,
    requirement_units,
    reviewed_retail_units,
    reviewed_requirement_units,

    -- dates and times
    period_date,
    effective_at,
    recorded_at

from {{ source('operational', 'dealer_plan') }}
