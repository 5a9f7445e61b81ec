-- The day on which an order first reached each stage, and its first and last promise.

with

changes as (

    select
        changes.vehicle_order_id,
        changes.state,
        changes.version,
        changes.promised_date,
        {{ local_date('changes.effective_at', 'outlets.timezone') }} as changed_date
    from {{ ref('stg_vehicle_order_change') }} as changes
    inner join {{ ref('int_outlet_placed') }} as outlets on changes.outlet_id = outlets.outlet_id

),

promises as (

    select
        vehicle_order_id,
        min(case when promise_no = 1 then promised_date end) as first_promised_date,
        min(case when promise_no_from_end = 1 then promised_date end) as last_promised_date
    from (
        select
            vehicle_order_id,
            promised_date,
            row_number() over (partition by vehicle_order_id order by version) as promise_no,
            row_number() over (partition by vehicle_order_id order by version desc) as promise_no_from_end
        from changes
        where promised_date is not null and changed_date <= {{ as_of_date() }}
    ) as numbered
    group by vehicle_order_id

),

stages as (

    select
        vehicle_order_id,
        {% for stage in [
            'submitted', 'fund_checked', 'approved', 'scheduled', 'produced', 'allocated', 'dispatched', 'received'
        ] -%}
        min(case when state = '{{ stage }}' then changed_date end) as {{ stage }}_date,
        {% endfor -%}
        max(changed_date) as last_changed_date
    from changes
    where changed_date <= {{ as_of_date() }}
    group by vehicle_order_id

)

select
    stages.*,
    promises.first_promised_date,
    promises.last_promised_date

from stages
left join promises on stages.vehicle_order_id = promises.vehicle_order_id
