-- Stock that lies idle at one outlet and is needed at another, where moving it beats buying new.

select
    part_id,
    from_outlet_id,
    to_outlet_id,
    cast(units as bigint) as units,
    cast(saving_minor as bigint) as saving_minor,
    currency,
    cast(days_sooner as double) as days_sooner

from {{ ref('stg_engine_part_transfer') }}
