select
    record_l,
    record_r,
    golden_l,
    golden_r,
    customer_type,
    probability,
    weight,
    household,
    band

from {{ source('engine', 'customer_pair') }}
