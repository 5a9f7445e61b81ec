-- Which golden customer a record belonged to, and from which day to which: a row is closed, never deleted.

select
    customer_id,
    golden_id,
    outlet_id,
    customer_type,
    valid_from_date,
    valid_to_date,
    valid_to_date is null as is_current

from {{ ref('stg_engine_customer_map') }}
