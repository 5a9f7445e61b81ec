-- Stretches of whole days without stock of a part or any of its predecessors.
-- The day on which the last unit left and the day on which stock came back are not among them.

with

moves as (

    select
        ledger.outlet_id,
        chains.current_part_id as part_id,
        ledger.moved_date,
        sum(ledger.moved_units * chains.factor) as moved_units
    from {{ ref('int_part_stock_day_changed') }} as ledger
    inner join {{ ref('int_part_chain_resolved') }} as chains on ledger.part_id = chains.part_id
    group by ledger.outlet_id, chains.current_part_id, ledger.moved_date

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
