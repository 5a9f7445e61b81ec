-- Where a number leads for some cars alone: the number at the end of its chain is replaced for a range of chassis
-- numbers and lives on for all other cars. One step of this kind is followed, and a set bounded by cars is not.

select
    chains.part_id,
    chains.current_part_id as bounded_part_id,
    onward.current_part_id,
    chains.factor * relations.succeeding_quantity / relations.preceding_quantity * onward.factor as factor,
    relations.serial_from,
    relations.serial_to,
    relations.part_relation_id

from {{ ref('stg_part_relation') }} as relations
inner join {{ ref('int_part_chain_resolved') }} as chains on relations.part_id = chains.current_part_id
inner join {{ ref('int_part_chain_resolved') }} as onward on relations.successor_part_id = onward.part_id
where
    relations.relation_type = 'supersession'
    and (relations.serial_from is not null or relations.serial_to is not null)
    and relations.set_code is null
    and relations.valid_from_date <= {{ as_of_date() }}
    and (relations.valid_to_date is null or relations.valid_to_date >= {{ as_of_date() }})
    and onward.current_part_id <> chains.current_part_id
