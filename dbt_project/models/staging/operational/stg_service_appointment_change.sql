select
    -- ids
    service_appointment_id,
    outlet_id,
    vin,
    customer_id,
    staff_id,

    -- text
    state,
    action,
    actor,
    jobs,

    -- numbers
    version,

    -- dates and times
    slot_at,
    effective_at,
    recorded_at,

    -- lines
    parts

from {{ source('operational', 'service_appointment') }}
