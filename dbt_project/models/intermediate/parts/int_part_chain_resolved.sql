-- Every part number and the number that ends its chain. Interchange does not end a number, nor does a relation
-- that holds for some cars alone: that one is followed car by car (int_part_car_branch).
-- A chain that turns in a circle or never ends is a catalogue error: the number then stays itself.

with

relations as (

    select
        part_id,
        successor_part_id,
        cast(succeeding_quantity as double) / preceding_quantity as factor,
        use_up,
        valid_from_date
    from (
        select
            *,
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
    ) as chosen
    where choice = 1

),

hops as (

    {{ part_chain_hops('relations') }}

),

ends as (

    select
        start_part_id,
        part_id as current_part_id,
        factor,
        hop,
        is_cycle
    from (
        select
            *,
            row_number() over (partition by start_part_id order by hop desc) as from_end
        from hops
    ) as walked
    where from_end = 1

),

judged as (

    select
        parts.part_id,
        ends.current_part_id,
        ends.factor,
        ends.hop,
        relations.use_up,
        relations.valid_from_date,
        case
            when ends.start_part_id is null then 'current'
            when ends.is_cycle then 'cycle'
            when ends.hop > {{ var('chain_hop_limit') }} then 'too_long'
            else 'superseded'
        end as chain_status
    from {{ ref('stg_part') }} as parts
    left join ends on parts.part_id = ends.start_part_id
    left join relations on parts.part_id = relations.part_id

)

select
    part_id,
    case when chain_status = 'superseded' then current_part_id else part_id end as current_part_id,
    case when chain_status = 'superseded' then factor else 1.0 end as factor,
    cast(case when chain_status = 'superseded' then hop else 0 end as bigint) as hops,
    chain_status,
    use_up,
    valid_from_date

from judged
