select
    -- ids
    backorder_line_id,
    outlet_id,
    parts_order_id,
    part_id,

    -- text
    state,
    currency,
    parts_shipment_id,
    cancel_reason,
    sequence_override_reason,
    sequence_override_note,

    -- numbers
    version,
    line_no,
    quantity,
    unit_price_minor,

    -- dates and times
    owed_since_date,
    eta_date,
    promised_date,
    effective_at,
    recorded_at

from {{ latest_version(source('operational', 'backorder_line'), 'backorder_line_id') }}
