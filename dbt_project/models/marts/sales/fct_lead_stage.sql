-- Every stage a lead entered, by two clocks: when it was true and when we learnt it.
-- A change that keeps the stage (a note, a new level) is not a new stage.

with

changes as (

    select
        changes.lead_id,
        changes.outlet_id,
        changes.source,
        changes.campaign,
        changes.series,
        changes.staff_id,
        changes.state,
        changes.action,
        changes.actor,
        changes.level,
        changes.version,
        changes.effective_at,
        changes.recorded_at,
        {{ local_date('changes.effective_at', 'outlets.timezone') }} as entered_date,
        lag(changes.state) over (partition by changes.lead_id order by changes.version) as previous_stage,
        lag(changes.level) over (partition by changes.lead_id order by changes.version) as level_before
    from {{ ref('stg_lead_change') }} as changes
    inner join {{ ref('int_outlet_placed') }} as outlets on changes.outlet_id = outlets.outlet_id

),

stages as (

    select
        *,
        row_number() over (partition by lead_id order by version) as stage_no,
        lead(effective_at) over (partition by lead_id order by version) as left_at
    from changes
    where
        (previous_stage is null or previous_stage <> state)
        and entered_date <= {{ as_of_date() }}

)

select
    lead_id,
    stage_no,
    outlet_id,
    source,
    campaign,
    series,
    staff_id,
    state as stage,
    previous_stage,
    action,
    actor,
    level,
    level_before,
    effective_at as entered_at,
    left_at,
    recorded_at,
    entered_date,
    cast({{ minutes_between('effective_at', 'left_at') }} / 60.0 as double) as dwell_hours,
    cast({{ minutes_between('effective_at', 'recorded_at') }} / 60.0 as double) as recording_lag_hours,
    left_at is null as is_current

from stages
