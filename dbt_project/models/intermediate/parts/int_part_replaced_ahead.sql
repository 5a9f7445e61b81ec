-- Numbers that are to be replaced within a year, and what follows them: the first announced relation for all cars with
-- the rest of its set, and those for some cars. One step is followed; later ones are known to the forecast alone.

with

dated as (

    select
        relations.part_relation_id,
        relations.part_id,
        onward.current_part_id as successor_part_id,
        cast(relations.succeeding_quantity as double) / relations.preceding_quantity * onward.factor as factor,
        relations.set_code,
        relations.valid_from_date as change_date,
        relations.stop_order_date,
        relations.serial_from is not null or relations.serial_to is not null as is_bounded
    from {{ ref('stg_part_relation') }} as relations
    inner join {{ ref('int_part_chain_resolved') }} as chains
        on relations.part_id = chains.part_id and chains.hops = 0
    inner join {{ ref('int_part_chain_resolved') }} as onward on relations.successor_part_id = onward.part_id
    where
        relations.relation_type = 'supersession'
        and relations.state = 'active'
        and relations.valid_from_date > {{ as_of_date() }}
        and relations.valid_from_date <= {{ add_days(as_of_date(), 365) }}
        and onward.current_part_id <> relations.part_id

),

ranked as (

    select
        *,
        row_number() over (partition by part_id order by change_date, part_relation_id) as choice
    from dated
    where not is_bounded

),

chosen as (

    select ranked.*
    from ranked
    inner join ranked as earliest on ranked.part_id = earliest.part_id and earliest.choice = 1
    where ranked.choice = 1 or (ranked.set_code = earliest.set_code and ranked.change_date = earliest.change_date)

    union all

    select *, 0 as choice
    from dated
    where is_bounded and set_code is null

)

select
    part_relation_id,
    part_id,
    successor_part_id,
    factor,
    change_date,
    stop_order_date,
    is_bounded,
    choice = 1 as is_leading

from chosen
