-- What a car is, what it is owed and how it is used. Facts of the car alone: history stands with the outlets
-- that wrote it (fct_vehicle_event), owners in bridge_vehicle_owner, so every dealer may read this row.
-- The next service is due a year after the last one seen, or when the kilometres since then are driven.

with

owners as (

    select
        vin,
        {{ count_where('is_known') }} as known_owners,
        max(case when is_current and is_known then valid_from_date end) as owned_since_date
    from {{ ref('bridge_vehicle_owner') }}
    group by vin

),

campaigns as (

    select
        vin,
        {{ count_where('is_open') }} as open_campaigns,
        {{ count_where('is_open_recall') }} as open_recalls
    from {{ ref('mart_vehicle_campaign') }}
    group by vin

),

visits as (

    select
        vin,
        max(opened_date) as last_visit_date,
        {{ value_at_latest('odometer_km', 'opened_date') }} as last_visit_km
    from {{ ref('int_repair_order_dated') }}
    group by vin

),

due as (

    select
        visits.vin,
        visits.last_visit_date,
        {{ add_days('visits.last_visit_date', var('service_interval_days')) }} as due_by_days_date,
        case
            when uses.km_per_day > 0
                then {{ add_days(
                    'visits.last_visit_date',
                    'cast(least(' ~ var('service_interval_km') ~ ' / uses.km_per_day, 3650) as integer)'
                ) }}
        end as due_by_km_date
    from visits
    left join {{ ref('int_vehicle_use_estimated') }} as uses on visits.vin = uses.vin

)

select
    cars.vin,
    cars.product_id,
    cars.series,
    cars.model,
    cars.variant,
    cars.colour,
    cars.engine_no,
    cars.plant,
    cars.state,
    cars.usage,
    decoded.wmi,
    decoded.wmi_country,
    decoded.maker,
    decoded.check_regime,
    decoded.check_state,
    decoded.plant_code,
    decoded.serial,
    clocks.market as sold_market,
    decoded.model_year,
    coalesce(owners.known_owners, 0) as known_owners,
    coalesce(campaigns.open_campaigns, 0) as open_campaigns,
    coalesce(campaigns.open_recalls, 0) as open_recalls,
    coalesce(uses.readings, 0) as odometer_readings,
    coalesce(uses.sound_readings, 0) as sound_readings,
    coalesce(uses.rolled_back_readings, 0) as rolled_back_readings,
    coalesce(uses.misread_readings, 0) as misread_readings,
    uses.last_km,
    cast(uses.km_per_day as double) as km_per_day,
    cast(uses.estimated_km as double) as estimated_km,
    clocks.warranty_limit_km,
    cars.production_date,
    cars.registration_date,
    cars.delivered_date,
    clocks.warranty_start_date,
    clocks.warranty_end_date,
    owners.owned_since_date,
    uses.last_read_date,
    due.last_visit_date,
    least(due.due_by_days_date, due.due_by_km_date) as next_service_date,
    clocks.warranty_end_date >= {{ as_of_date() }}
    and coalesce(uses.estimated_km <= clocks.warranty_limit_km, true) as is_under_warranty

from {{ ref('dim_vehicle') }} as cars
left join {{ ref('stg_engine_vehicle_decode') }} as decoded on cars.vin = decoded.vin
left join owners on cars.vin = owners.vin
left join campaigns on cars.vin = campaigns.vin
left join {{ ref('int_vehicle_use_estimated') }} as uses on cars.vin = uses.vin
left join {{ ref('int_vehicle_warranty_clock') }} as clocks on cars.vin = clocks.vin
left join due on cars.vin = due.vin
