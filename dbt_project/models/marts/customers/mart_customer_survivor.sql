-- Where each value of a golden customer came from: source, record and time.

select
    golden_id,
    field,
    value,
    source,
    customer_id,
    known_at

from {{ ref('stg_engine_customer_survivor') }}
