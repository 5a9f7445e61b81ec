select
    -- ids
    outlet as outlet_id,
    currency,

    -- text
    department,
    line as account_line,

    -- numbers
    amount_minor,

    -- dates and times
    statement_month,
    loaded_at

from {{ latest_loaded(
    source('feeds', 'dealer_financial_statement'), ['outlet', 'statement_month', 'department', 'line']
) }}
