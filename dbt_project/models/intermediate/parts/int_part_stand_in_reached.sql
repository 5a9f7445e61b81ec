-- Every number that may be given for a number: over any number of relations where they hold both ways, over one
-- where it holds one way.

with

reached as (

    {{ stand_in_pairs(ref('bridge_part_interchange')) }}

)

select
    part_id,
    stands_in_part_id,
    true as is_two_way

from reached
where part_id <> stands_in_part_id

union all

select
    one_way.part_id,
    one_way.stands_in_part_id,
    false as is_two_way

from {{ ref('bridge_part_interchange') }} as one_way
left join reached as both_ways
    on one_way.part_id = both_ways.part_id and one_way.stands_in_part_id = both_ways.stands_in_part_id
where not one_way.is_two_way and both_ways.part_id is null
