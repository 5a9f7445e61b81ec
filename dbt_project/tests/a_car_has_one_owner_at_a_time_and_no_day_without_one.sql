-- Periods of a car meet: each begins where the one before ends, and exactly one is open.

with

chained as (

    select
        vin,
        valid_from_date,
        valid_to_date,
        lag(valid_to_date) over (partition by vin order by valid_from_date) as left_date,
        row_number() over (partition by vin order by valid_from_date) as period_no
    from {{ ref('bridge_vehicle_owner') }}

),

broken as (

    select vin from chained
    where valid_to_date <= valid_from_date or (period_no > 1 and (left_date is null or left_date <> valid_from_date))

    union all

    select vin from chained
    group by vin
    having sum(case when valid_to_date is null then 1 else 0 end) <> 1

)

select * from broken
