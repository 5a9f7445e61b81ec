-- What was known of a month's demand on this day of each month: asked for so far, booked for a visit to come,
-- or written on an open repair order and not yet asked for. Each unit counts once: a line that was asked for
-- is demand, and no longer a line that may be.

with

days as (

    select cut_month, cut_date from {{ ref('int_known_day_counted') }}

),

carried as (

    -- every number and what is handed out for it today: the end of its chain, or every part of its set
    select
        chains.part_id,
        coalesce(sets.current_part_id, chains.current_part_id) as current_part_id,
        coalesce(sets.factor, chains.factor) as factor
    from {{ ref('int_part_chain_resolved') }} as chains
    left join {{ ref('int_part_set_component') }} as sets on chains.part_id = sets.part_id

),

asked as (

    select
        days.cut_month,
        demand.demand_month as need_month,
        demand.outlet_id,
        demand.part_id,
        demand.quantity as asked_units,
        0 as booked_units,
        0 as open_order_units
    from {{ ref('fct_part_demand') }} as demand
    inner join days on demand.demand_month = days.cut_month and demand.demand_date <= days.cut_date
    where not demand.is_cancelled

),

visits as (

    select
        *,
        lead(known_date) over (partition by service_appointment_id order by version) as changed_date
    from (
        select
            visits.*,
            {{ local_date('visits.slot_at', 'outlets.timezone') }} as slot_date,
            {{ local_date('least(visits.effective_at, visits.recorded_at)', 'outlets.timezone') }} as known_date
        from {{ ref('stg_service_appointment_change') }} as visits
        inner join {{ ref('int_outlet_placed') }} as outlets on visits.outlet_id = outlets.outlet_id
    ) as dated

),

booked as (

    select
        lines.cut_month,
        lines.need_month,
        lines.outlet_id,
        lines.line.part_id as part_id,
        0 as asked_units,
        cast(lines.line.quantity as bigint) as booked_units,
        0 as open_order_units
    from (
        select
            days.cut_month,
            {{ month_of('visits.slot_date') }} as need_month,
            visits.outlet_id,
            {{ each_line('visits.parts') }} as line
        from visits
        inner join days
            on
                visits.known_date <= days.cut_date
                and (visits.changed_date is null or visits.changed_date > days.cut_date)
                and visits.slot_date > days.cut_date
        where visits.state in ('booked', 'confirmed')
    ) as lines

),

orders as (

    select
        *,
        lead(known_date) over (partition by repair_order_id order by version) as changed_date
    from (
        select
            orders.*,
            {{ local_date('least(orders.effective_at, orders.recorded_at)', 'outlets.timezone') }} as known_date
        from {{ ref('stg_repair_order_change') }} as orders
        inner join {{ ref('int_outlet_placed') }} as outlets on orders.outlet_id = outlets.outlet_id
    ) as dated

),

written as (

    select
        cut_month,
        cut_date,
        outlet_id,
        repair_order_id,
        line.part_id as part_id,
        sum(cast(line.quantity as bigint)) as written_units
    from (
        select
            days.cut_month,
            days.cut_date,
            orders.outlet_id,
            orders.repair_order_id,
            {{ each_line('orders.parts') }} as line
        from orders
        inner join days
            on
                orders.known_date <= days.cut_date
                and (orders.changed_date is null or orders.changed_date > days.cut_date)
        where orders.state in ('open', 'quoted', 'approved', 'in_work', 'waiting_parts')
    ) as lines
    group by cut_month, cut_date, outlet_id, repair_order_id, part_id

),

open_orders as (

    select
        written.cut_month,
        written.cut_month as need_month,
        written.outlet_id,
        written.part_id,
        0 as asked_units,
        0 as booked_units,
        greatest(max(written.written_units) - coalesce(sum(demand.quantity), 0), 0) as open_order_units
    from written
    left join {{ ref('fct_part_demand') }} as demand
        on
            written.repair_order_id = demand.repair_order_id
            and written.part_id = coalesce(demand.substitute_part_id, demand.part_id)
            and written.cut_date >= demand.demand_date
            and not demand.is_cancelled
    group by written.cut_month, written.outlet_id, written.part_id, written.repair_order_id

),

together as (

    select * from asked
    union all
    select * from booked
    union all
    select * from open_orders

)

select
    together.outlet_id,
    carried.current_part_id as part_id,
    together.cut_month,
    together.need_month,
    cast(sum(together.asked_units * carried.factor) as double) as asked_units,
    cast(sum(together.booked_units * carried.factor) as double) as booked_units,
    cast(sum(together.open_order_units * carried.factor) as double) as open_order_units

from together
inner join carried on together.part_id = carried.part_id
group by together.outlet_id, carried.current_part_id, together.cut_month, together.need_month
