select
    -- ids
    quarantine_row_id,

    -- text
    state,
    contract,
    source_file,
    sender,
    field,
    value,
    rule,
    remedy,

    -- numbers
    version,
    row_no,

    -- dates and times
    rejected_at,
    effective_at,
    recorded_at

from {{ latest_version(source('operational', 'quarantine_row'), 'quarantine_row_id') }}
