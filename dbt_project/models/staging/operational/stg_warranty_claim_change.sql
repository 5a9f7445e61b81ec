select
    -- ids
    warranty_claim_id,
    outlet_id,
    repair_order_id,
    vin,
    causal_part_id,
    pre_authorisation_id,

    -- text
    state,
    action,
    actor,
    failure_code,
    currency,
    reason,

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
