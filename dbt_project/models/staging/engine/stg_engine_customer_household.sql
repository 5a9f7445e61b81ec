select
    golden_l,
    golden_r,
    bits

from {{ source('engine', 'customer_household') }}
