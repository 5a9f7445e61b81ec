-- What dealers answered to suggestions and what came of it one lead time and one review later:
-- did the part run out, was too much left? Answers too young to judge have no outcome yet.

with

answers as (

    select
        decisions.suggestion_decision_id,
        decisions.suggestion_id,
        decisions.outlet_id,
        decisions.part_id,
        decisions.decision,
        decisions.reason,
        decisions.suggested_quantity,
        decisions.decided_quantity,
        decisions.parts_order_id,
        {{ local_date('decisions.decided_at', 'outlets.timezone') }} as decided_date,
        cast(coalesce(policies.lead_time_days, outlets.lead_time_days, {{ var('lead_time_default_days') }}) as bigint)
        + coalesce(outlets.review_days, {{ var('review_default_days') }}) as judged_after_days
    from {{ ref('stg_suggestion_decision') }} as decisions
    inner join {{ ref('int_outlet_placed') }} as outlets on decisions.outlet_id = outlets.outlet_id
    left join {{ ref('mart_part_policy') }} as policies
        on decisions.outlet_id = policies.outlet_id and decisions.part_id = policies.part_id

),

due as (

    select *, {{ add_days('decided_date', 'cast(judged_after_days as integer)') }} as judged_date
    from answers
    where decided_date <= {{ as_of_date() }}

),

gaps as (

    select
        due.suggestion_decision_id,
        {{ total(
            days_between(
                'greatest(due.decided_date, gaps.zero_from_date)', 'least(due.judged_date, gaps.zero_to_date)'
            ) ~ ' + 1'
        ) }} as stock_out_days
    from due
    inner join {{ ref('int_part_zero_stock_found') }} as gaps
        on
            due.outlet_id = gaps.outlet_id
            and due.part_id = gaps.part_id
            and gaps.zero_from_date <= due.judged_date
            and gaps.zero_to_date >= due.decided_date
    group by due.suggestion_decision_id

),

stock as (

    select due.suggestion_decision_id, ledger.on_hand
    from due
    inner join {{ ref('int_part_stock_day_changed') }} as ledger
        on
            due.outlet_id = ledger.outlet_id
            and due.part_id = ledger.part_id
            and ledger.moved_date <= due.judged_date
            and (ledger.next_moved_date is null or ledger.next_moved_date > due.judged_date)

),

rates as (

    select outlet_id, part_id, avg(corrected_units) as units_per_month
    from {{ ref('mart_part_demand_month') }}
    where demand_month >= {{ add_months(running_month(), -12) }}
    group by outlet_id, part_id

)

select
    due.suggestion_decision_id,
    due.suggestion_id,
    due.outlet_id,
    due.part_id,
    due.decision,
    due.reason,
    due.suggested_quantity,
    due.decided_quantity,
    due.parts_order_id,
    due.decided_date,
    due.judged_date,
    due.judged_date <= {{ as_of_date() }} as is_judged,
    case when due.judged_date <= {{ as_of_date() }} then coalesce(gaps.stock_out_days, 0) end as stock_out_days,
    case when due.judged_date <= {{ as_of_date() }} then stock.on_hand end as on_hand_units,
    case
        when due.judged_date <= {{ as_of_date() }}
            then cast(greatest(stock.on_hand - 3 * rates.units_per_month, 0) as double)
    end as excess_units

from due
left join gaps on due.suggestion_decision_id = gaps.suggestion_decision_id
left join stock on due.suggestion_decision_id = stock.suggestion_decision_id
left join rates on due.outlet_id = rates.outlet_id and due.part_id = rates.part_id
