select
    part_id,
    from_outlet_id,
    to_outlet_id,
    units,
    saving_minor,
    currency,
    days_sooner

from {{ source('engine', 'part_transfer') }}
