-- What a number is where the car is not known: the share of each number among the units of the last two years whose
-- car is known; with too few of them the share among all cars on file. What no range claims stays the number itself.

with

branches as (

    select bounded_part_id, current_part_id, part_relation_id, serial_from, serial_to
    from {{ ref('int_part_car_branch') }}
    where part_id = bounded_part_id

),

{{ car_range_shares('branches') }},

parted as (

    select
        branch.part_id,
        branch.current_part_id,
        shares.share * branch.factor as factor
    from {{ ref('int_part_car_branch') }} as branch
    inner join shares
        on branch.bounded_part_id = shares.bounded_part_id and branch.part_relation_id = shares.part_relation_id

    union all

    select
        chains.part_id,
        chains.current_part_id,
        (1 - coalesce(taken.share, 0)) * chains.factor as factor
    from {{ ref('int_part_chain_resolved') }} as chains
    inner join bounded on chains.current_part_id = bounded.bounded_part_id
    left join (
        select bounded_part_id, sum(share) as share
        from shares
        group by bounded_part_id
    ) as taken on chains.current_part_id = taken.bounded_part_id

)

select
    part_id,
    current_part_id,
    sum(factor) as factor

from parted
group by part_id, current_part_id
having sum(factor) > 0.000001
