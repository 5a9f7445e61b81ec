select
    as_of_date,
    records,
    golden_records,
    kept,
    moved,
    new,
    gone,
    made,
    retired,
    pairs_to_review,
    merged_from,
    asked_from

from {{ source('engine', 'identity_churn') }}
