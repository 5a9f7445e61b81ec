select
    -- ids
    fund_account_id,
    outlet_id,

    -- text
    state,
    fund_type,
    earmark,
    currency,
    freeze_reason,

    -- numbers
    version,

    -- dates and times
    effective_at,
    recorded_at

from {{ latest_version(source('operational', 'fund_account'), 'fund_account_id') }}
