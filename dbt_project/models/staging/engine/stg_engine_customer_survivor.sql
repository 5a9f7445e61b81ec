select
    golden_id,
    field,
    value,
    source,
    customer_id,
    known_at

from {{ source('engine', 'customer_survivor') }}
