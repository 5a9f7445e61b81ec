-- Contact tasks by outlet, rule and month of the day they were due: done in time, late, skipped, open, overdue.

with

tasks as (

    select
        tasks.outlet_id,
        tasks.rule_code,
        {{ month_of('tasks.due_date') }} as due_month,
        tasks.state,
        tasks.due_date,
        tasks.escalated_to,
        case when tasks.state = 'done' then {{ local_date('tasks.effective_at', 'outlets.timezone') }} end as done_date
    from {{ ref('stg_contact_task') }} as tasks
    inner join {{ ref('int_outlet_placed') }} as outlets on tasks.outlet_id = outlets.outlet_id
    where tasks.state <> 'cancelled'

)

select
    outlet_id,
    rule_code,
    due_month,
    count(*) as tasks,
    {{ count_where("due_date <= " ~ as_of_date()) }} as due_tasks,
    {{ count_where("state = 'done'") }} as done_tasks,
    {{ count_where('done_date <= due_date') }} as punctual_tasks,
    {{ count_where("state = 'skipped'") }} as skipped_tasks,
    {{ count_where("state = 'open'") }} as open_tasks,
    {{ count_where("state = 'open' and due_date < " ~ as_of_date()) }} as overdue_tasks,
    {{ count_where('escalated_to is not null') }} as escalated_tasks

from tasks
group by outlet_id, rule_code, due_month
