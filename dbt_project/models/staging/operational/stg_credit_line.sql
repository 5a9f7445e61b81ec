select
    -- ids
    credit_line_id,
    outlet_id,
    fund_account_id,

    -- text
    state,
    currency,
    suspend_reason,

    -- numbers
    version,
    limit_minor,

    -- dates and times
    valid_from_date,
    valid_to_date,
    effective_at,
    recorded_at

from {{ latest_version(source('operational', 'credit_line'), 'credit_line_id') }}
