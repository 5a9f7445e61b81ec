-- Every approval asked for: how long it took, or how long it has waited.

with

dated as (

    select
        approvals.*,
        started.asked_at,
        case when approvals.state in ('granted', 'refused') then approvals.effective_at end as decided_at
    from {{ ref('stg_approval') }} as approvals
    inner join (
        select approval_id, min(effective_at) as asked_at
        from {{ ref('stg_approval_change') }}
        group by approval_id
    ) as started on approvals.approval_id = started.approval_id

)

select
    dated.approval_id,
    dated.outlet_id,
    dated.document_type,
    dated.document_key,
    dated.approval_rule_id,
    dated.mode,
    dated.step_no,
    dated.approver_grant,
    dated.state,
    dated.currency,
    dated.amount_minor,
    {{ local_date('dated.asked_at', 'outlets.timezone') }} as asked_date,
    {{ month_of(local_date('dated.asked_at', 'outlets.timezone')) }} as asked_month,
    {{ local_date('dated.decided_at', 'outlets.timezone') }} as decided_date,
    {{ minutes_between('dated.asked_at', 'dated.decided_at') }} / 60.0 as lead_hours,
    case
        when dated.state in ('open', 'waiting')
            then {{ days_between(local_date('dated.asked_at', 'outlets.timezone'), as_of_date()) }}
    end as waiting_days,
    dated.state = 'automatic' as is_automatic

from dated
inner join {{ ref('int_outlet_placed') }} as outlets on dated.outlet_id = outlets.outlet_id
where {{ local_date('dated.asked_at', 'outlets.timezone') }} <= {{ as_of_date() }}
