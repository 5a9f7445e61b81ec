select
    -- ids
    fund_entry_id,
    outlet_id,
    fund_account_id,
    cause_key,

    -- text
    state,
    kind,
    currency,
    cause,
    note,

    -- numbers
    version,
    amount_minor,

    -- dates and times
    effective_at,
    recorded_at

from {{ latest_version(source('operational', 'fund_entry'), 'fund_entry_id', versioned=false) }}
