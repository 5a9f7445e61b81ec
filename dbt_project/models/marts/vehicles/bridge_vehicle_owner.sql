-- Who owned a car from which day to which: no gap and no overlap from the first owner to the as-of day.

select
    vin,
    period_no,
    outlet_id,
    customer_id,
    source,
    source_key,
    valid_from_date,
    valid_to_date,
    is_known,
    valid_to_date is null as is_current

from {{ ref('int_vehicle_owned') }}
