select
    -- ids
    roadside_case_id,
    outlet_id,
    vin,
    customer_id,
    repair_order_id,

    -- text
    state,
    symptom,
    outcome,

    -- numbers
    version,

    -- dates and times
    called_at,
    reached_at,
    effective_at,
    recorded_at

from {{ latest_version(source('operational', 'roadside_case'), 'roadside_case_id') }}
