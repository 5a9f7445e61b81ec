-- Trouble codes that cars report by themselves, and whether a workshop has seen the car since.

with

seen as (

    select
        vin,
        fault_code,
        severity,
        {{ local_date('seen_at', "'UTC'") }} as seen_date
    from {{ ref('stg_telematics_fault') }}
    where {{ local_date('seen_at', "'UTC'") }} <= {{ as_of_date() }}

),

faults as (

    select
        vin,
        fault_code,
        max(case severity when 'stop' then 3 when 'workshop' then 2 else 1 end) as rank,
        count(*) as reports,
        min(seen_date) as first_seen_date,
        max(seen_date) as last_seen_date
    from seen
    group by vin, fault_code

),

visits as (

    select vin, max(opened_date) as last_visit_date
    from {{ ref('int_repair_order_dated') }}
    group by vin

)

select
    faults.vin,
    faults.fault_code,
    coalesce(vehicles.seller_outlet_id, vehicles.holder_outlet_id) as outlet_id,
    vehicles.series,
    case faults.rank when 3 then 'stop' when 2 then 'workshop' else 'information' end as severity,
    faults.reports,
    faults.first_seen_date,
    faults.last_seen_date,
    visits.last_visit_date,
    coalesce(visits.last_visit_date > faults.last_seen_date, false) as is_seen_to

from faults
inner join {{ ref('dim_vehicle') }} as vehicles on faults.vin = vehicles.vin
left join visits on faults.vin = visits.vin
