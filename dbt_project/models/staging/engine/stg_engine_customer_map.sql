select
    customer_id,
    golden_id,
    outlet_id,
    customer_type,
    valid_from_date,
    valid_to_date

from {{ source('engine', 'customer_map') }}
