-- What a lead led to so far: first contact, a drive, an order, a car handed over, or a loss.

with

drives as (

    select lead_id
    from {{ ref('stg_test_drive') }}
    where state = 'done' and cast(slot_at as date) <= {{ as_of_date() }}
    group by lead_id

),

orders as (

    select lead_id, min(ordered_at) as ordered_at
    from {{ ref('stg_retail_order') }}
    where
        lead_id is not null
        and state not in ('draft', 'cancelled')
        and cast(ordered_at as date) <= {{ as_of_date() }}
    group by lead_id

),

deliveries as (

    select lead_id, min(delivered_date) as delivered_date
    from {{ ref('int_retail_delivery_counted') }}
    where lead_id is not null
    group by lead_id

),

leads as (

    select
        leads.*,
        {{ local_date('leads.arrived_at', 'outlets.timezone') }} as arrived_date
    from {{ ref('stg_lead') }} as leads
    inner join {{ ref('int_outlet_placed') }} as outlets on leads.outlet_id = outlets.outlet_id

)

select
    leads.lead_id,
    leads.outlet_id,
    leads.source,
    leads.campaign,
    leads.series,
    leads.level,
    leads.staff_id,
    leads.state,
    leads.lost_reason,
    leads.arrived_at,
    leads.first_contact_at,
    leads.arrived_date,
    {{ month_of('leads.arrived_date') }} as cohort_month,
    {{ minutes_between('leads.arrived_at', 'leads.first_contact_at') }} as response_minutes,
    leads.state not in ('new', 'invalid', 'duplicate') as is_valid,
    leads.state = 'lost' as is_lost,
    drives.lead_id is not null as has_driven,
    orders.lead_id is not null or leads.state = 'order' as has_ordered,
    deliveries.lead_id is not null as has_delivered,
    deliveries.delivered_date

from leads
left join drives on leads.lead_id = drives.lead_id
left join orders on leads.lead_id = orders.lead_id
left join deliveries on leads.lead_id = deliveries.lead_id
where leads.arrived_date <= {{ as_of_date() }}
