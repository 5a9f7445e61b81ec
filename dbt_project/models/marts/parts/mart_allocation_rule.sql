-- The allocation rules in force, with what counts in their score; a rule without weights has one row.

with

active as (

    select *
    from {{ ref('stg_allocation_rule') }}
    where
        state = 'active'
        and effective_from_date <= {{ as_of_date() }}
        and (effective_to_date is null or effective_to_date >= {{ as_of_date() }})

),

weights as (

    select allocation_rule_id, {{ each_line('weights') }} as line
    from active

)

select
    active.allocation_rule_id,
    active.subject,
    active.market,
    active.share,
    active.effective_from_date,
    weights.line.measure as measure,
    cast(weights.line.weight as bigint) as weight

from active
left join weights on active.allocation_rule_id = weights.allocation_rule_id
