-- Stretches of whole days without stock of a part, of any of its predecessors, or of what may be given for it.
-- The day on which the last unit left and the day on which stock came back are not among them.

with

own as (

    select
        ledger.outlet_id,
        chains.current_part_id as part_id,
        ledger.moved_date,
        sum(ledger.moved_units * chains.factor) as moved_units
    from {{ ref('int_part_stock_day_changed') }} as ledger
    inner join {{ ref('int_part_chain_resolved') }} as chains on ledger.part_id = chains.part_id
    group by ledger.outlet_id, chains.current_part_id, ledger.moved_date

),

-- Units are not converted: a sum of piles is nothing exactly when each of them is.
moves as (

    select
        outlet_id,
        part_id,
        moved_date,
        sum(moved_units) as moved_units
    from (
        select outlet_id, part_id, moved_date, moved_units from own
        union all
        select own.outlet_id, stand_ins.part_id, own.moved_date, own.moved_units
        from own
        inner join {{ ref('int_part_stand_in_reached') }} as stand_ins on own.part_id = stand_ins.stands_in_part_id
    ) as together
    group by outlet_id, part_id, moved_date

),

balances as (

    select
        outlet_id,
        part_id,
        moved_date,
        sum(moved_units) over (
            partition by outlet_id, part_id order by moved_date
            rows between unbounded preceding and current row
        ) as on_hand,
        lead(moved_date) over (partition by outlet_id, part_id order by moved_date) as next_moved_date
    from moves

)

select
    outlet_id,
    part_id,
    {{ add_days('moved_date', 1) }} as zero_from_date,
    coalesce({{ add_days('next_moved_date', -1) }}, {{ as_of_date() }}) as zero_to_date

from balances
where
    on_hand <= 0
    and {{ add_days('moved_date', 1) }} <= coalesce({{ add_days('next_moved_date', -1) }}, {{ as_of_date() }})
