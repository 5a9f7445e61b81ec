select
    -- ids
    key_account_filing_id,
    outlet_id,
    customer_id,

    -- text
    state,
    project,
    account_grade,
    competitors,
    terms,
    reason,

    -- numbers
    version,
    discount_percent,

    -- dates and times
    filed_date,
    decision_date,
    valid_to_date,
    effective_at,
    recorded_at,

    -- lines
    lines

from {{ latest_version(source('operational', 'key_account_filing'), 'key_account_filing_id') }}
