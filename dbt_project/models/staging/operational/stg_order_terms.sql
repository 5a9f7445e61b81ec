select
    -- ids
    order_terms_id,
    outlet_code,
    supplier_outlet_code,

    -- text
    state,
    currency,

    -- numbers
    version,
    urgent_freight_minor,
    urgent_lead_time_days,
    waiting_cost_minor,
    minimum_order_minor,
    budget_minor,
    transfer_freight_minor,
    transfer_days,
    return_allowance_permille,
    protection_days,

    -- dates and times
    effective_from_date,
    effective_to_date,
    effective_at,
    recorded_at,

    -- lines
    slots

from {{ latest_version(source('operational', 'order_terms'), 'order_terms_id') }}
