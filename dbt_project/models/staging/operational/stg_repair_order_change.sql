select
    -- ids
    repair_order_id,
    outlet_id,
    vin,
    customer_id,
    service_appointment_id,
    staff_id,

    -- text
    state,
    action,
    actor,
    complaint_code,
    currency,
    labour_note,
    guarantee_state,
    guarantee_note,

    -- numbers
    version,
    odometer_km,
    estimate_minor,
    same_fault_repairs,
    days_in_workshop,

    -- dates and times
    opened_at,
    promised_at,
    ready_at,
    settled_at,
    effective_at,
    recorded_at,

    -- lines
    labour,
    parts

from {{ source('operational', 'repair_order') }}
