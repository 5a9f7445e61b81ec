select
    -- ids
    parts_plan_id,
    outlet_id,

    -- text
    state,
    category,
    currency,
    note,

    -- numbers
    version,
    retail_units,
    requirement_units,
    amount_minor,

    -- dates and times
    plan_month,
    effective_at,
    recorded_at

from {{ latest_version(source('operational', 'parts_plan'), 'parts_plan_id') }}
