select
    -- ids
    shipment_id,
    outlet_id,

    -- text
    state,
    mode,
    carrier,
    bill_of_lading,
    dispatch_permit,
    currency,
    permit_override_reason,
    permit_override_note,

    -- numbers
    version,
    freight_minor,

    -- dates and times
    departure_date,
    eta_date,
    arrival_date,
    effective_at,
    recorded_at,

    -- lines
    cars

from {{ latest_version(source('operational', 'shipment'), 'shipment_id') }}
