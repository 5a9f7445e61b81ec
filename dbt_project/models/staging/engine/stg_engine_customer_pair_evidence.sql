select
    record_l,
    record_r,
    field,
    finding,
    bits

from {{ source('engine', 'customer_pair_evidence') }}
