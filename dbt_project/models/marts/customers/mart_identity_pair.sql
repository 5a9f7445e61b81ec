-- Pairs that were merged, or that a steward should look at: the least certain first.

select
    record_l,
    record_r,
    golden_l,
    golden_r,
    customer_type,
    probability,
    weight,
    household,
    band,
    golden_l = golden_r as is_merged,
    abs(probability - 0.5) as certainty

from {{ ref('stg_engine_customer_pair') }}
