-- The workshop by day. Cars in count on the day they came, work and promises on the day it was done.
-- Three kinds of hours stay apart: attended, worked, sold. Attended are those that HR reports; on days of an outlet
-- for which it reports none, technicians employed times the hours of a working day.

with

orders as (

    select * from {{ ref('int_repair_order_dated') }}

),

opened as (

    select outlet_id, opened_date as service_date, count(*) as opened_orders
    from orders
    group by outlet_id, opened_date

),

repeats as (

    select
        first_visit.repair_order_id,
        min(again.opened_at) as repeated_at
    from orders as first_visit
    inner join orders as again
        on
            first_visit.vin = again.vin
            and first_visit.complaint_code = again.complaint_code
            and first_visit.ready_at < again.opened_at
            and again.opened_date <= {{ add_days('first_visit.ready_date', var('right_first_time_days')) }}
    group by first_visit.repair_order_id

),

done as (

    select
        orders.outlet_id,
        orders.ready_date as service_date,
        count(*) as done_orders,
        {{ count_where('orders.promised_at is not null') }} as promised_orders,
        {{ count_where('orders.ready_at <= orders.promised_at') }} as promise_kept_orders,
        -- an order can only be judged once the days in which it might come back have passed
        {{ count_where(add_days('orders.ready_date', var('right_first_time_days')) ~ ' <= ' ~ as_of_date()) }}
            as judged_orders,
        {{ count_where(
            add_days('orders.ready_date', var('right_first_time_days')) ~ ' <= ' ~ as_of_date()
            ~ ' and repeats.repair_order_id is null'
        ) }} as right_first_time_orders,
        sum({{ minutes_between('orders.opened_at', 'orders.ready_at') }}) / 60.0 as stay_hours
    from orders
    left join repeats on orders.repair_order_id = repeats.repair_order_id
    where orders.ready_date is not null
    group by orders.outlet_id, orders.ready_date

),

labour as (

    select
        orders.outlet_id,
        orders.ready_date as service_date,
        sum(lines.sold_hours) as sold_hours,
        sum(lines.worked_hours) as worked_hours,
        sum(case when lines.worked_hours is not null then lines.sold_hours end) as sold_clocked_hours,
        {{ total('lines.amount_minor') }} as labour_minor,
        {% for pay_type in ['customer', 'warranty', 'internal'] -%}
        sum(case when lines.pay_type = '{{ pay_type }}' then lines.sold_hours else 0 end) as {{ pay_type }}_hours,
        {{ total("case when lines.pay_type = '" ~ pay_type ~ "' then lines.amount_minor else 0 end") }}
            as {{ pay_type }}_labour_minor{{ "," if not loop.last }}
        {% endfor %}
    from {{ ref('int_repair_order_labour_exploded') }} as lines
    inner join orders on lines.repair_order_id = orders.repair_order_id
    where orders.ready_date is not null
    group by orders.outlet_id, orders.ready_date

),

parts as (

    select
        orders.outlet_id,
        orders.ready_date as service_date,
        {{ total('lines.amount_minor') }} as parts_minor
    from {{ ref('int_repair_order_part_exploded') }} as lines
    inner join orders on lines.repair_order_id = orders.repair_order_id
    where orders.ready_date is not null
    group by orders.outlet_id, orders.ready_date

),

slots as (

    select
        slots.outlet_id,
        slots.state,
        {{ local_date('slots.slot_at', 'outlets.timezone') }} as service_date
    from {{ ref('stg_service_appointment') }} as slots
    inner join {{ ref('int_outlet_placed') }} as outlets on slots.outlet_id = outlets.outlet_id

),

visits as (

    select
        outlet_id,
        service_date,
        {{ count_where("state <> 'cancelled'") }} as appointments,
        {{ count_where("state = 'no_show'") }} as no_shows
    from slots
    where service_date <= {{ as_of_date() }}
    group by outlet_id, service_date

),

reported as (

    select
        staff.outlet_id,
        attendances.attendance_date as service_date,
        sum(attendances.attended_hours) as reported_hours
    from {{ ref('stg_hr_attendance') }} as attendances
    inner join {{ ref('stg_staff') }} as staff on attendances.staff_id = staff.staff_id
    where
        staff.position = 'technician'
        and attendances.attendance_date <= {{ as_of_date() }}
    group by staff.outlet_id, attendances.attendance_date

),

expected as (

    select
        staff.outlet_id,
        days.calendar_date as service_date,
        count(*) * {{ var('attended_hours_per_day') }} as expected_hours
    from {{ ref('stg_staff') }} as staff
    inner join {{ ref('int_outlet_placed') }} as outlets on staff.outlet_id = outlets.outlet_id
    inner join (
        select outlet_id, min(opened_date) as first_date from orders group by outlet_id
    ) as started on staff.outlet_id = started.outlet_id
    inner join {{ ref('dim_market_day') }} as days
        on
            outlets.market = days.market
            and days.is_working_day
            and days.calendar_date between greatest(staff.hired_date, started.first_date) and {{ as_of_date() }}
            and (staff.left_date is null or days.calendar_date <= staff.left_date)
    where staff.position = 'technician'
    group by staff.outlet_id, days.calendar_date

),

cells as (

    select outlet_id, service_date from opened
    union all
    select outlet_id, service_date from done
    union all
    select outlet_id, service_date from visits
    union all
    select outlet_id, service_date from reported
    union all
    select outlet_id, service_date from expected

),

keys as (

    select outlet_id, service_date
    from cells
    group by outlet_id, service_date

)

select
    keys.outlet_id,
    keys.service_date,
    outlets.currency,
    cast(coalesce(opened.opened_orders, 0) as bigint) as opened_orders,
    cast(coalesce(done.done_orders, 0) as bigint) as done_orders,
    coalesce(visits.appointments, 0) as appointments,
    coalesce(visits.no_shows, 0) as no_shows,
    coalesce(done.promised_orders, 0) as promised_orders,
    coalesce(done.promise_kept_orders, 0) as promise_kept_orders,
    coalesce(done.judged_orders, 0) as judged_orders,
    coalesce(done.right_first_time_orders, 0) as right_first_time_orders,
    cast(coalesce(done.stay_hours, 0) as double) as stay_hours,
    cast(coalesce(reported.reported_hours, expected.expected_hours, 0) as double) as attended_hours,
    cast(coalesce(reported.reported_hours, 0) as double) as reported_hours,
    cast(coalesce(labour.worked_hours, 0) as double) as worked_hours,
    cast(coalesce(labour.sold_hours, 0) as double) as sold_hours,
    cast(coalesce(labour.sold_clocked_hours, 0) as double) as sold_clocked_hours,
    cast(coalesce(labour.customer_hours, 0) as double) as customer_hours,
    cast(coalesce(labour.warranty_hours, 0) as double) as warranty_hours,
    cast(coalesce(labour.internal_hours, 0) as double) as internal_hours,
    coalesce(labour.labour_minor, 0) as labour_minor,
    coalesce(labour.customer_labour_minor, 0) as customer_labour_minor,
    coalesce(labour.warranty_labour_minor, 0) as warranty_labour_minor,
    coalesce(labour.internal_labour_minor, 0) as internal_labour_minor,
    coalesce(parts.parts_minor, 0) as parts_minor

from keys
inner join {{ ref('int_outlet_placed') }} as outlets on keys.outlet_id = outlets.outlet_id
left join opened on keys.outlet_id = opened.outlet_id and keys.service_date = opened.service_date
left join done on keys.outlet_id = done.outlet_id and keys.service_date = done.service_date
left join visits on keys.outlet_id = visits.outlet_id and keys.service_date = visits.service_date
left join reported on keys.outlet_id = reported.outlet_id and keys.service_date = reported.service_date
left join expected on keys.outlet_id = expected.outlet_id and keys.service_date = expected.service_date
left join labour on keys.outlet_id = labour.outlet_id and keys.service_date = labour.service_date
left join parts on keys.outlet_id = parts.outlet_id and keys.service_date = parts.service_date
