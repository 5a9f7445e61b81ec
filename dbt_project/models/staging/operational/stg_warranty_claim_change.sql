select
    -- ids
    warranty_claim_id,
    outlet_id,
    repair_order_id,
    vin,
    pre_authorisation_id,
    causal_part_id,
    failure_code,

    -- text
    state,
    action,
    actor,
    currency,
    reason,
    check_result,

    -- numbers
    version,
    odometer_km,
    labour_minor,
    parts_minor,
    sublet_minor,
    approved_minor,

    -- dates and times
    repaired_date,
    submitted_date,
    decided_date,
    effective_at,
    recorded_at

from {{ source('operational', 'warranty_claim') }}
