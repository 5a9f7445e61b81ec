select
    -- ids
    file_load_id,

    -- text
    state,
    contract,
    file_name,
    file_sha256,
    sender,

    -- numbers
    version,
    received_rows,
    accepted_rows,
    rejected_rows,
    duplicate_rows,
    skipped_rows,

    -- dates and times
    loaded_at,
    effective_at,
    recorded_at

from {{ latest_version(source('operational', 'file_load'), 'file_load_id', versioned=false) }}
