-- A reading against those around it. Where a reading is below the one before and the next one recovers, one of
-- the two is misread: the one farther from the line between their neighbours. Where later ones do not recover,
-- a lone reading above them is misread; else what is below an earlier sound reading was rolled back.

with

ordered as (

    select
        *,
        {{ days_between("cast('2000-01-01' as date)", 'read_date') }} as day_no
    from {{ ref('int_vehicle_odometer_read') }}

),

beside as (

    select
        *,
        lag(odometer_km, 2) over by_day as km_2_before,
        lag(odometer_km) over by_day as km_before,
        lead(odometer_km) over by_day as km_after,
        lead(odometer_km, 2) over by_day as km_2_after,
        lag(day_no, 2) over by_day as day_2_before,
        lag(day_no) over by_day as day_before,
        lead(day_no) over by_day as day_after,
        lead(day_no, 2) over by_day as day_2_after
    from ordered
    window by_day as (partition by vin order by read_date, odometer_km, source_key)

),

lined as (

    select
        *,
        km_2_before + (km_after - km_2_before) * {{ ratio('day_no - day_2_before', 'day_after - day_2_before') }}
            as own_line_km,
        km_2_before + (km_after - km_2_before) * {{ ratio('day_before - day_2_before', 'day_after - day_2_before') }}
            as line_before_km,
        km_before + (km_2_after - km_before) * {{ ratio('day_no - day_before', 'day_2_after - day_before') }}
            as line_across_km,
        km_before + (km_2_after - km_before) * {{ ratio('day_after - day_before', 'day_2_after - day_before') }}
            as line_after_km
    from beside

),

spotted as (

    select
        *,
        coalesce(
            odometer_km < km_before and km_after >= km_before and (
                km_2_before is null or km_2_before > odometer_km
                or coalesce(abs(odometer_km - own_line_km) >= abs(km_before - line_before_km), true)
            ),
            false
        ) as is_misread_low,
        coalesce(
            odometer_km > km_after and km_before <= km_after and (
                km_2_after < odometer_km or abs(odometer_km - line_across_km) > abs(km_after - line_after_km)
            ),
            false
        ) as is_misread_high
    from lined

),

topped as (

    select
        *,
        max(case when is_misread_high then null else odometer_km end) over (
            partition by vin order by read_date, odometer_km, source_key
            rows between unbounded preceding and 1 preceding
        ) as highest_before_km
    from spotted

)

select
    vin,
    outlet_id,
    source,
    source_key,
    odometer_km,
    read_date,
    highest_before_km,
    case
        when is_misread_high then 'misread_high'
        when is_misread_low then 'misread_low'
        when odometer_km < highest_before_km then 'rolled_back'
        else 'sound'
    end as finding

from topped
