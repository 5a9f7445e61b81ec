-- What replaces what from which day on, as it was known: every version of every supersession with the day on which
-- it was recorded. History brought in counts from the day it names, never from before it was true.

with

relations as (

    select
        *,
        part_id as bounded_part_id,
        serial_from is not null or serial_to is not null as is_bounded,
        cast(least(effective_at, recorded_at) as date) as known_date
    from {{ ref('stg_part_relation_change') }}
    where relation_type = 'supersession'

),

branches as (

    select relations.bounded_part_id, relations.part_relation_id, relations.serial_from, relations.serial_to
    from relations
    inner join {{ ref('stg_part_relation') }} as latest
        on relations.part_relation_id = latest.part_relation_id and relations.version = latest.version
    where relations.is_bounded

),

{{ car_range_shares('branches') }}

select
    relations.part_relation_id,
    cast(relations.version as bigint) as version,
    relations.known_date,
    relations.part_id,
    relations.successor_part_id,
    cast(relations.succeeding_quantity as double) / relations.preceding_quantity as factor,
    case when relations.is_bounded then coalesce(shares.share, 0.0) else 1.0 end as share,
    relations.set_code,
    relations.is_bounded,
    relations.use_up,
    relations.valid_from_date,
    relations.valid_to_date

from relations
left join shares on relations.part_relation_id = shares.part_relation_id
where relations.known_date <= {{ as_of_date() }}
