-- Which recall or campaign a car is under, and whether it was done; any dealer may look and do the work.

select
    cars.campaign_vin_id,
    cars.vin,
    cars.service_action_id,
    actions.title,
    actions.action_kind,
    actions.bulletin,
    actions.operation,
    cars.state,
    cars.reason,
    cast(actions.standard_hours as double) as standard_hours,
    actions.announced_date,
    cast(cars.done_at as date) as done_date,
    cars.state = 'open' and actions.state = 'active' as is_open,
    cars.state = 'open' and actions.state = 'active' and actions.action_kind = 'safety_recall' as is_open_recall

from {{ ref('stg_campaign_vin') }} as cars
inner join {{ ref('stg_service_action') }} as actions on cars.service_action_id = actions.service_action_id
where actions.announced_date <= {{ as_of_date() }}
