select
    suggestion_id,

    component,
    operation,
    unit,
    source_document,
    source_key,
    note,

    step_no,
    value

from {{ source('engine', 'suggestion_explain') }}
