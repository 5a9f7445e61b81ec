select
    vin,
    customer_id,
    outlet_id,
    horizon_days,
    probability,
    scored_date

from {{ source('engine', 'service_return') }}
