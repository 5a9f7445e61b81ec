select
    document,
    document_key,
    outlet_id,
    feature,
    value,
    rank,
    log_odds

from {{ source('engine', 'score_reason') }}
