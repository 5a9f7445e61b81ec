-- What may be given where a number is asked for, under today's numbers. Both ways is two rows, one way is one:
-- the successor of the relation may be given for the other, and not the other way round.

with

relations as (

    select
        relations.part_relation_id,
        relations.direction,
        relations.valid_from_date,
        old.current_part_id as part_id,
        new.current_part_id as successor_part_id,
        cast(relations.succeeding_quantity as double) / relations.preceding_quantity
        * new.factor / old.factor as factor
    from {{ ref('stg_part_relation') }} as relations
    inner join {{ ref('int_part_chain_resolved') }} as old on relations.part_id = old.part_id
    inner join {{ ref('int_part_chain_resolved') }} as new on relations.successor_part_id = new.part_id
    where
        relations.relation_type = 'interchange'
        and relations.state = 'active'
        and relations.valid_from_date <= {{ as_of_date() }}
        and (relations.valid_to_date is null or relations.valid_to_date >= {{ as_of_date() }})
        and old.current_part_id <> new.current_part_id

),

directed as (

    select
        part_relation_id,
        part_id,
        successor_part_id as stands_in_part_id,
        factor,
        direction = 'two_way' as is_two_way,
        true as is_successor,
        valid_from_date
    from relations

    union all

    select
        part_relation_id,
        successor_part_id as part_id,
        part_id as stands_in_part_id,
        1 / factor as factor,
        true as is_two_way,
        false as is_successor,
        valid_from_date
    from relations
    where direction = 'two_way'

),

-- a kit lies nowhere, and of a number that a set replaces no single part is the same thing
unfit as (

    select part_id from {{ ref('bridge_part_kit') }}
    union all
    select part_id from {{ ref('int_part_set_component') }}

),

chosen as (

    select
        *,
        row_number() over (
            partition by part_id, stands_in_part_id
            order by is_two_way desc, valid_from_date desc, part_relation_id asc
        ) as choice
    from directed
    where
        part_id not in (select unfit.part_id from unfit)
        and stands_in_part_id not in (select unfit.part_id from unfit)

)

select
    part_id,
    stands_in_part_id,
    factor,
    is_two_way,
    is_successor,
    part_relation_id,
    valid_from_date

from chosen
where choice = 1
