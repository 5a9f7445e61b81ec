select
    -- ids
    customer_grade_rule_id,

    -- text
    state,
    grade,
    market,
    condition,

    -- numbers
    version,
    least_points,
    least_complaints,
    within_days,

    -- dates and times
    effective_from_date,
    effective_to_date,
    effective_at,
    recorded_at

from {{ latest_version(source('operational', 'customer_grade_rule'), 'customer_grade_rule_id') }}
