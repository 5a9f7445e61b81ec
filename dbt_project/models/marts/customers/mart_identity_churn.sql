-- What a run changed: how many records kept their golden id, how many moved, which ids came and went.

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

from {{ ref('stg_engine_identity_churn') }}
