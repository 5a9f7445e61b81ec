-- Numbers that a set replaces: what one unit of the old number becomes of each part at the ends. A number whose
-- chain ends in one number alone has no row here: its end stands in int_part_chain_resolved.

with

dated as (

    select
        part_id,
        successor_part_id,
        cast(succeeding_quantity as double) / preceding_quantity as factor,
        set_code,
        row_number() over (
            partition by part_id order by valid_from_date desc, part_relation_id asc
        ) as choice
    from {{ ref('stg_part_relation') }}
    where
        relation_type = 'supersession'
        and serial_from is null
        and serial_to is null
        and valid_from_date <= {{ as_of_date() }}
        and (valid_to_date is null or valid_to_date >= {{ as_of_date() }})

),

relations as (

    -- the relation in force and, when it is of a set, the rest of the set
    select dated.part_id, dated.successor_part_id, dated.factor
    from dated
    inner join dated as chosen on dated.part_id = chosen.part_id and chosen.choice = 1
    where dated.choice = 1 or dated.set_code = chosen.set_code

),

hops as (

    {{ part_chain_hops('relations') }}

),

unfit as (

    select start_part_id
    from hops
    where is_cycle or hop > {{ var('chain_hop_limit') }}
    group by start_part_id

),

ends as (

    select
        hops.start_part_id as part_id,
        hops.part_id as current_part_id,
        sum(hops.factor) as factor
    from hops
    left join relations as onward on hops.part_id = onward.part_id
    left join unfit on hops.start_part_id = unfit.start_part_id
    where onward.part_id is null and unfit.start_part_id is null
    group by hops.start_part_id, hops.part_id

),

counted as (

    select
        *,
        count(*) over (partition by part_id) as parts
    from ends

)

select
    part_id,
    current_part_id,
    factor

from counted
where parts > 1
