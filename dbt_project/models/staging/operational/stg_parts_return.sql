select
    -- ids
    parts_return_id,
    outlet_id,
    parts_order_id,
    supplier_outlet_code,

    -- text
    state,
    reason,
    currency,
    reject_reason,

    -- numbers
    version,
    credit_minor,

    -- dates and times
    requested_date,
    shipped_at,
    effective_at,
    recorded_at,

    -- lines
    lines

from {{ latest_version(source('operational', 'parts_return'), 'parts_return_id') }}
