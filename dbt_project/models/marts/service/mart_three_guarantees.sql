-- How near each car is to what the law gives its owner: repairs of one fault, and days in the workshop. A repair
-- counts when the warranty paid a line of it, wherever it was, within days and kilometres from the start of
-- warranty. The rule is the one in force, in the market of the car's last such repair, on its day.

with

paid as (

    select repair_order_id
    from (
        select repair_order_id, pay_type from {{ ref('int_repair_order_labour_exploded') }}
        union all
        select repair_order_id, pay_type from {{ ref('int_repair_order_part_exploded') }}
    ) as lines
    where pay_type = 'warranty'
    group by repair_order_id

),

repairs as (

    select
        orders.repair_order_id,
        orders.vin,
        orders.outlet_id,
        outlets.market,
        orders.complaint_code,
        orders.odometer_km,
        orders.opened_date,
        clocks.warranty_start_date,
        case
            when orders.ready_at is null then {{ days_between('orders.opened_date', as_of_date()) }} + 1
            else greatest(1, ceil({{ minutes_between('orders.opened_at', 'orders.ready_at') }} / 1440.0))
        end as days,
        row_number() over (
            partition by orders.vin order by orders.opened_at desc, orders.repair_order_id desc
        ) as latest
    from {{ ref('int_repair_order_dated') }} as orders
    inner join paid on orders.repair_order_id = paid.repair_order_id
    inner join {{ ref('int_outlet_placed') }} as outlets on orders.outlet_id = outlets.outlet_id
    inner join {{ ref('int_vehicle_warranty_clock') }} as clocks on orders.vin = clocks.vin
    where orders.opened_date >= clocks.warranty_start_date

),

subjects as (

    select
        vin,
        'same_fault_repairs' as measure,
        complaint_code
    from repairs
    group by vin, complaint_code
    union all
    select
        vin,
        'days_in_workshop' as measure,
        complaint_code
    from repairs
    where latest = 1

),

rules as (

    select
        subjects.vin,
        subjects.measure,
        subjects.complaint_code,
        last_repairs.outlet_id,
        last_repairs.market,
        rules.three_guarantees_rule_id,
        rules.term_days,
        rules.term_km,
        rules.watch_from,
        rules.reached_at,
        rules.remedy,
        row_number() over (
            partition by subjects.vin, subjects.measure, subjects.complaint_code
            order by
                case when rules.complaint_code is null then 1 else 0 end asc,
                case when rules.market is null then 1 else 0 end asc,
                rules.effective_from_date desc,
                rules.three_guarantees_rule_id desc
        ) as nth
    from subjects
    inner join repairs as last_repairs on subjects.vin = last_repairs.vin and last_repairs.latest = 1
    inner join {{ ref('stg_three_guarantees_rule') }} as rules
        on
            subjects.measure = rules.measure
            and rules.state in ('active', 'ended')
            and (rules.complaint_code is null or rules.complaint_code = subjects.complaint_code)
            and (rules.market is null or rules.market = last_repairs.market)
            and rules.effective_from_date <= last_repairs.opened_date
            and (rules.effective_to_date is null or rules.effective_to_date >= last_repairs.opened_date)

),

counted as (

    select
        rules.vin,
        rules.measure,
        rules.complaint_code,
        rules.outlet_id,
        rules.market,
        rules.three_guarantees_rule_id,
        rules.watch_from,
        rules.reached_at,
        rules.remedy,
        cast({{ add_days('min(repairs.warranty_start_date)', 'cast(min(rules.term_days) as integer)') }} as date)
            as term_end_date,
        cast(
            case rules.measure when 'days_in_workshop' then sum(repairs.days) else count(*) end as bigint
        ) as counted,
        count(*) as repairs,
        max(repairs.opened_date) as last_repair_date
    from rules
    inner join repairs
        on
            rules.vin = repairs.vin
            and (rules.measure = 'days_in_workshop' or rules.complaint_code = repairs.complaint_code)
            and repairs.odometer_km <= rules.term_km
            and {{ days_between('repairs.warranty_start_date', 'repairs.opened_date') }} <= rules.term_days
    where rules.nth = 1
    group by
        rules.vin, rules.measure, rules.complaint_code, rules.outlet_id, rules.market,
        rules.three_guarantees_rule_id, rules.watch_from, rules.reached_at, rules.remedy

),

nearest as (

    select
        *,
        row_number() over (
            partition by vin, measure
            order by cast(counted as double) / reached_at desc, last_repair_date desc, complaint_code asc
        ) as nth
    from counted

)

select
    nearest.vin,
    nearest.measure,
    nearest.outlet_id,
    nearest.market,
    cars.series,
    case nearest.measure when 'same_fault_repairs' then nearest.complaint_code end as complaint_code,
    nearest.counted,
    cast(nearest.watch_from as bigint) as watch_from,
    cast(nearest.reached_at as bigint) as reached_at,
    greatest(cast(nearest.reached_at as bigint) - nearest.counted, 0) as left_to_reach,
    case
        when nearest.counted >= nearest.reached_at then 'reached'
        when nearest.counted >= nearest.watch_from then 'watch'
        else 'below'
    end as guarantee_state,
    nearest.remedy,
    nearest.repairs,
    nearest.last_repair_date,
    nearest.term_end_date,
    nearest.term_end_date >= {{ as_of_date() }} as is_in_term,
    nearest.three_guarantees_rule_id

from nearest
left join {{ ref('dim_vehicle') }} as cars on nearest.vin = cars.vin
where nearest.nth = 1
