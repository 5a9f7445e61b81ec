-- What happened to a lead and on which day, one row an event: stages, levels, first contact, drives, quotations,
-- visits. A drive counts on the day of its slot; a quotation on the day it was made, whatever became of it.

with

told as (

    select
        lead_id, outlet_id, 'stage' as kind, stage as detail, stage_no as step_no, entered_at as happened_at
    from {{ ref('fct_lead_stage') }}

    union all

    select lead_id, outlet_id, 'level' as kind, level as detail, version as step_no, effective_at as happened_at
    from (
        select
            *,
            lag(level) over (partition by lead_id order by version) as level_before
        from {{ ref('stg_lead_change') }}
    ) as changes
    where level is not null and (level_before is null or level_before <> level)

    union all

    select
        lead_id, outlet_id, 'contact' as kind, cast(null as varchar) as detail, 0 as step_no,
        first_contact_at as happened_at
    from {{ ref('stg_lead') }}
    where first_contact_at is not null

    union all

    select
        lead_id, outlet_id, case when state = 'done' then 'drive' else 'missed_drive' end as kind,
        cast(null as varchar) as detail, 0 as step_no, slot_at as happened_at
    from {{ ref('stg_test_drive') }}
    where lead_id is not null and state in ('done', 'no_show')

    union all

    select
        lead_id, outlet_id, 'quotation' as kind, cast(null as varchar) as detail, 0 as step_no,
        effective_at as happened_at
    from {{ ref('stg_quotation_change') }}
    where lead_id is not null and version = 1

    union all

    select
        lead_id, outlet_id, 'visit' as kind, visit_type as detail, 0 as step_no, arrived_at as happened_at
    from {{ ref('stg_traffic_visit') }}
    where lead_id is not null

),

dated as (

    select
        told.*,
        {{ local_date('told.happened_at', 'outlets.timezone') }} as happened_date
    from told
    inner join {{ ref('int_outlet_placed') }} as outlets on told.outlet_id = outlets.outlet_id

)

select
    lead_id,
    row_number() over (partition by lead_id order by happened_at, kind, step_no, detail) as event_no,
    outlet_id,
    kind,
    detail,
    cast(step_no as bigint) as step_no,
    happened_at,
    happened_date

from dated
where happened_date <= {{ as_of_date() }}
