-- Golden customers that share address, phone or family name: a link, nobody is merged by it.

select
    golden_l,
    golden_r,
    bits

from {{ ref('stg_engine_customer_household') }}
