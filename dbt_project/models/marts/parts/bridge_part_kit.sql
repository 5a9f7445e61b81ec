-- What a kit is put together from, under today's numbers. A kit that was replaced follows its successor and
-- has no rows.

select
    relations.part_id,
    chains.current_part_id as component_part_id,
    sum(cast(relations.succeeding_quantity as double) / relations.preceding_quantity * chains.factor) as units,
    min(relations.valid_from_date) as valid_from_date

from {{ ref('stg_part_relation') }} as relations
inner join {{ ref('int_part_chain_resolved') }} as chains on relations.successor_part_id = chains.part_id
inner join {{ ref('int_part_chain_resolved') }} as own on relations.part_id = own.part_id and own.hops = 0
where
    relations.relation_type = 'kit'
    and chains.current_part_id <> relations.part_id
    and relations.valid_from_date <= {{ as_of_date() }}
    and (relations.valid_to_date is null or relations.valid_to_date >= {{ as_of_date() }})
group by relations.part_id, chains.current_part_id
