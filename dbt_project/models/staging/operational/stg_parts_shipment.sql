select
    -- ids
    parts_shipment_id,
    outlet_id,
    parts_order_id,
    supplier_outlet_code,

    -- text
    state,

    -- numbers
    version,

    -- dates and times
    shipped_at,
    eta_date,
    received_at,
    effective_at,
    recorded_at,

    -- lines
    lines

from {{ latest_version(source('operational', 'parts_shipment'), 'parts_shipment_id') }}
