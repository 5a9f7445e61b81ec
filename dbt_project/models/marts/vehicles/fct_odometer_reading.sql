-- Every reading with what was found about it; a reading is never dropped and never corrected.

select
    source,
    source_key,
    vin,
    outlet_id,
    finding,
    odometer_km,
    highest_before_km,
    read_date

from {{ ref('int_vehicle_odometer_judged') }}
