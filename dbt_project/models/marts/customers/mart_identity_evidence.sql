-- What each field says for or against a pair; the bits of a pair add up to its weight.

select
    record_l,
    record_r,
    field,
    finding,
    bits

from {{ ref('stg_engine_customer_pair_evidence') }}
