-- What happened to a car and where, one row a document: the timeline of its page.

with

happened as (

    select
        vin, outlet_id, 'retail_delivery' as document, retail_delivery_id as document_key,
        sales_channel as detail, 'delivered' as state, cast(null as bigint) as odometer_km,
        delivered_date as happened_date
    from {{ ref('int_retail_delivery_counted') }}

    union all

    select
        vin, outlet_id, 'vehicle_ownership' as document, source_key as document_key,
        cast(null as varchar) as detail, case when valid_to_date is null then 'current' else 'ended' end as state,
        cast(null as bigint) as odometer_km, valid_from_date as happened_date
    from {{ ref('int_vehicle_owned') }}
    where source = 'vehicle_ownership'

    union all

    select
        vin, outlet_id, 'repair_order' as document, repair_order_id as document_key,
        complaint_code as detail, state, odometer_km, opened_date as happened_date
    from {{ ref('int_repair_order_dated') }}

    union all

    select
        vin, outlet_id, 'warranty_claim' as document, warranty_claim_id as document_key,
        failure_code as detail, state, odometer_km, repaired_date as happened_date
    from {{ ref('stg_warranty_claim') }}

    union all

    select
        vin, outlet_code as outlet_id, 'campaign_vin' as document, campaign_vin_id as document_key,
        service_action_id as detail, state, cast(null as bigint) as odometer_km, cast(done_at as date) as happened_date
    from {{ ref('stg_campaign_vin') }}
    where state = 'done'

    union all

    select
        appointments.vin, appointments.outlet_id, 'service_appointment' as document,
        appointments.service_appointment_id as document_key, appointments.jobs as detail, appointments.state,
        cast(null as bigint) as odometer_km,
        {{ local_date('appointments.slot_at', 'outlets.timezone') }} as happened_date
    from {{ ref('stg_service_appointment') }} as appointments
    inner join {{ ref('int_outlet_placed') }} as outlets on appointments.outlet_id = outlets.outlet_id
    where appointments.state in ('no_show', 'cancelled')

)

select
    document,
    document_key,
    vin,
    outlet_id,
    detail,
    state,
    odometer_km,
    happened_date

from happened
where happened_date <= {{ as_of_date() }}
