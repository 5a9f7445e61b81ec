-- Approved launches of parts at the outlets of their region, under today's numbers: a part without a history is asked
-- for as another one is.

select
    plans.part_launch_plan_id,
    outlets.outlet_id,
    news.current_part_id as part_id,
    alike.current_part_id as analogous_part_id,
    plans.launch_date,
    plans.scale_percent / 100.0 as scale,
    cast(plans.ramp_months as bigint) as ramp_months,
    cast(least(plans.effective_at, plans.recorded_at) as date) as known_date

from {{ ref('stg_part_launch_plan') }} as plans
inner join {{ ref('int_outlet_placed') }} as outlets on {{ is_below('outlets.region_path', 'plans.region_path') }}
inner join {{ ref('int_part_chain_resolved') }} as news on plans.part_id = news.part_id
inner join {{ ref('int_part_chain_resolved') }} as alike on plans.analogous_part_id = alike.part_id
where
    plans.state = 'approved'
    and news.current_part_id <> alike.current_part_id
    and cast(least(plans.effective_at, plans.recorded_at) as date) <= {{ as_of_date() }}
