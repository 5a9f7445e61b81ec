select
    -- ids
    invoice_no,
    outlet as outlet_id,
    reference,
    currency,

    -- text
    invoice_kind,
    purpose,

    -- numbers
    amount_minor,
    open_minor,

    -- dates and times
    invoice_date,
    due_date,
    loaded_at

from {{ latest_loaded(source('feeds', 'erp_invoice'), ['invoice_no']) }}
