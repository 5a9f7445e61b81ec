-- Who owned a car, half open by day. One owner at a time: the next one ends the one before. Days between two
-- owners, or after the last one left, belong to an unknown owner, so that the chain has no gap.
-- A delivery without an ownership on file (history that was brought in) stands for one.

with

told as (

    select
        vin,
        outlet_id,
        vehicle_ownership_id as source_key,
        'vehicle_ownership' as source,
        customer_id,
        starts_date,
        case when ends_date <= {{ as_of_date() }} then ends_date end as ends_date
    from {{ ref('stg_vehicle_ownership') }}
    where starts_date <= {{ as_of_date() }}

),

known as (

    select * from told

    union all

    select
        deliveries.vin,
        deliveries.outlet_id,
        deliveries.retail_delivery_id as source_key,
        'retail_delivery' as source,
        deliveries.customer_id,
        deliveries.delivered_date as starts_date,
        cast(null as date) as ends_date
    from {{ ref('int_retail_delivery_counted') }} as deliveries
    where not exists (select 1 from told where told.vin = deliveries.vin)

),

followed as (

    select
        *,
        lead(starts_date) over (partition by vin order by starts_date, source_key) as next_date
    from known

),

dated as (

    select
        *,
        case
            when ends_date is null or ends_date > next_date then next_date
            else ends_date
        end as left_date
    from followed

),

owned as (

    -- who came and went on one day never owned it for a day
    select * from dated
    where left_date is null or left_date > starts_date

),

whole as (

    select
        vin, outlet_id, source, source_key, customer_id, true as is_known,
        starts_date as valid_from_date, left_date as valid_to_date
    from owned

    union all

    select
        vin, cast(null as varchar) as outlet_id, cast(null as varchar) as source, cast(null as varchar) as source_key,
        cast(null as varchar) as customer_id, false as is_known,
        left_date as valid_from_date, following_date as valid_to_date
    from (
        select *, lead(starts_date) over (partition by vin order by starts_date) as following_date
        from owned
    ) as chained
    where left_date is not null and (following_date is null or following_date > left_date)

)

select
    vin,
    outlet_id,
    source,
    source_key,
    customer_id,
    is_known,
    valid_from_date,
    valid_to_date,
    row_number() over (partition by vin order by valid_from_date) as period_no

from whole
