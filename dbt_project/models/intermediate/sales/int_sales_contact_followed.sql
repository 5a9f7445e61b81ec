-- Contacts that sales staff were to make, with what came of them. A contact of a lead is followed when the lead drove,
-- got a quotation or ordered from the day of the contact on, within the days that are counted as its effect; it is
-- judged once those days have passed. Two contacts may both be followed by the same order: nothing says which did it.

with

tasks as (

    select
        tasks.contact_task_id,
        tasks.outlet_id,
        tasks.staff_id,
        tasks.lead_id,
        tasks.rule_code,
        tasks.channel,
        tasks.state,
        case when tasks.state = 'done' then tasks.result end as result,
        tasks.due_date,
        tasks.escalated_to is not null as is_escalated,
        case when tasks.state = 'done' then {{ local_date('tasks.effective_at', 'outlets.timezone') }} end as done_date
    from {{ ref('stg_contact_task') }} as tasks
    inner join {{ ref('int_outlet_placed') }} as outlets on tasks.outlet_id = outlets.outlet_id
    where
        tasks.state <> 'cancelled'
        and (tasks.lead_id is not null or tasks.rule_code in ('FIRST_CONTACT', 'POST_SALE'))

),

effects as (

    select
        tasks.contact_task_id,
        {{ count_where("events.kind = 'drive'") }} as drives,
        {{ count_where("events.kind = 'quotation'") }} as quotations,
        {{ count_where("events.kind = 'stage' and events.detail = 'order'") }} as orders
    from tasks
    inner join {{ ref('fct_lead_event') }} as events
        on
            tasks.lead_id = events.lead_id
            and tasks.done_date <= events.happened_date
            and events.happened_date <= {{ add_days('tasks.done_date', var('contact_effect_days')) }}
    group by tasks.contact_task_id

)

select
    tasks.contact_task_id,
    tasks.outlet_id,
    tasks.staff_id,
    tasks.rule_code,
    tasks.channel,
    tasks.state,
    tasks.result,
    tasks.due_date,
    tasks.done_date,
    tasks.is_escalated,
    tasks.lead_id is not null
    and {{ add_days('tasks.done_date', var('contact_effect_days')) }} < {{ as_of_date() }} as is_judged,
    coalesce(effects.drives, 0) > 0 as has_driven,
    coalesce(effects.quotations, 0) > 0 as is_quoted,
    coalesce(effects.orders, 0) > 0 as has_ordered

from tasks
left join effects on tasks.contact_task_id = effects.contact_task_id
where tasks.done_date is null or tasks.done_date <= {{ as_of_date() }}
