-- Recalls and service campaigns by outlet: how many of the cars it sold, holds or did are done.
-- A car belongs to the outlet that did it, else that holds it, else that handed it over; null: to none of ours.

with

cars as (

    select
        listed.service_action_id,
        listed.vin,
        listed.state,
        coalesce(listed.outlet_code, vehicles.holder_outlet_id, vehicles.seller_outlet_id) as outlet_id
    from {{ ref('stg_campaign_vin') }} as listed
    left join {{ ref('dim_vehicle') }} as vehicles on listed.vin = vehicles.vin

)

select
    cars.service_action_id,
    cars.outlet_id,
    actions.title,
    actions.action_kind,
    actions.announced_date,
    count(*) as cars,
    {{ count_where("cars.state = 'done'") }} as done_cars,
    {{ count_where("cars.state = 'open'") }} as open_cars,
    {{ count_where("cars.state = 'unreachable'") }} as unreachable_cars,
    {{ days_between('actions.announced_date', as_of_date()) }} as days_running

from cars
inner join {{ ref('stg_service_action') }} as actions on cars.service_action_id = actions.service_action_id
where actions.announced_date <= {{ as_of_date() }}
group by cars.service_action_id, cars.outlet_id, actions.title, actions.action_kind, actions.announced_date
