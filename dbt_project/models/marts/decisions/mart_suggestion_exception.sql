-- Parts that an outlet declined or cut again and again for one reason: a planner looks at them. Who was right
-- is what happened one lead time later, as far as it is known.

with

refused as (

    select *
    from {{ ref('mart_suggestion_outcome') }}
    where
        reason is not null
        and (decision = 'decline' or decision = 'edit' and decided_quantity < suggested_quantity)
        and decided_date >= {{ add_days(as_of_date(), -180) }}

),

counted as (

    select
        outlet_id,
        part_id,
        reason,
        cast(count(*) as bigint) as refusals,
        {{ count_where('is_judged') }} as judged_refusals,
        {{ count_where('is_judged and stock_out_days > 0') }} as ran_out_refusals,
        {{ total('suggested_quantity - decided_quantity') }} as refused_units,
        max(decided_date) as last_refused_date
    from refused
    group by outlet_id, part_id, reason
    having count(*) >= {{ var('exception_least_refusals') }}

)

select
    counted.outlet_id,
    counted.part_id,
    parts.description,
    parts.criticality,
    coalesce(policies.abc_class, 'C') as abc_class,
    counted.reason,
    counted.refusals,
    counted.judged_refusals,
    counted.ran_out_refusals,
    counted.refused_units,
    cast(counted.refused_units * policies.unit_price_minor as bigint) as refused_minor,
    policies.currency,
    counted.last_refused_date,
    case
        when counted.judged_refusals = 0 then 'not_judged'
        when counted.ran_out_refusals > 0 then 'ran_out'
        else 'outlet_was_right'
    end as outcome

from counted
inner join {{ ref('stg_part') }} as parts on counted.part_id = parts.part_id
left join {{ ref('mart_part_policy') }} as policies
    on counted.outlet_id = policies.outlet_id and counted.part_id = policies.part_id
