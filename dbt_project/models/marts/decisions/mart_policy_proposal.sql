-- What answers say about a policy: where an outlet keeps refusing a class of parts and nothing runs out, a
-- lower wanted fill; where what it cut ran out, a higher one. A proposal is evidence; a planner decides.

with

answers as (

    select
        outcomes.outlet_id,
        policies.abc_class,
        policies.criticality,
        policies.service_level,
        policies.policy_id,
        outcomes.stock_out_days,
        outcomes.excess_units
    from {{ ref('mart_suggestion_outcome') }} as outcomes
    inner join {{ ref('mart_part_policy') }} as policies
        on outcomes.outlet_id = policies.outlet_id and outcomes.part_id = policies.part_id
    where
        outcomes.is_judged
        and outcomes.decided_date >= {{ add_days(as_of_date(), -180) }}
        and (
            outcomes.decision = 'decline'
            or outcomes.decision = 'edit' and outcomes.decided_quantity < outcomes.suggested_quantity
        )

),

counted as (

    select
        outlet_id,
        abc_class,
        criticality,
        max(policy_id) as policy_id,
        cast(round(max(service_level) * 1000) as bigint) as fill_permille,
        cast(count(*) as bigint) as judged_refusals,
        {{ count_where('stock_out_days > 0') }} as ran_out_refusals
    from answers
    group by outlet_id, abc_class, criticality
    having count(*) >= {{ var('proposal_least_answers') }}

)

select
    outlet_id,
    abc_class,
    criticality,
    policy_id,
    judged_refusals,
    ran_out_refusals,
    fill_permille,
    case
        when ran_out_refusals * 10 <= judged_refusals then greatest(fill_permille - 20, 500)
        else least(fill_permille + 10, 995)
    end as proposed_fill_permille,
    case
        when ran_out_refusals * 10 <= judged_refusals then 'refused_without_harm'
        else 'refused_and_ran_out'
    end as finding

from counted
where
    ran_out_refusals * 10 <= judged_refusals
    or ran_out_refusals * 2 >= judged_refusals
