select
    -- ids
    dealer_plan_id,
    outlet_id,

    -- text
    state,
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

from {{ latest_version(source('operational', 'dealer_plan'), 'dealer_plan_id') }}
