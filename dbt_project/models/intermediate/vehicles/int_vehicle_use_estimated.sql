-- Kilometres a day: the median of the slopes between every two sound readings (Theil 1950, Sen 1968), which a
-- wrong reading that went unnoticed hardly moves. Fewer than two days with a reading give no estimate. A car that
-- reports every day is judged by its latest days: pairs grow with the square, and use of today is what is asked.

with

sound as (

    select
        vin,
        read_date,
        max(odometer_km) as odometer_km
    from {{ ref('int_vehicle_odometer_judged') }}
    where finding = 'sound'
    group by vin, read_date

),

recent as (

    select vin, read_date, odometer_km
    from (
        select
            *,
            row_number() over (partition by vin order by read_date desc) as from_now
        from sound
    ) as ranked
    where from_now <= {{ var('odometer_use_days') }}

),

slopes as (

    select
        earlier.vin,
        {{ percentile(
            '(later.odometer_km - earlier.odometer_km) * 1.0 / '
            ~ days_between('earlier.read_date', 'later.read_date'), 0.5
        ) }} as km_per_day
    from recent as earlier
    inner join recent as later on earlier.vin = later.vin and earlier.read_date < later.read_date
    group by earlier.vin

),

counted as (

    select
        vin,
        count(*) as readings,
        {{ count_where("finding = 'sound'") }} as sound_readings,
        {{ count_where("finding = 'rolled_back'") }} as rolled_back_readings,
        {{ count_where("finding in ('misread_high', 'misread_low')") }} as misread_readings
    from {{ ref('int_vehicle_odometer_judged') }}
    group by vin

),

latest as (

    select
        vin,
        max(read_date) as last_read_date,
        max(odometer_km) as last_km
    from sound
    group by vin

)

select
    counted.vin,
    cast(counted.readings as bigint) as readings,
    counted.sound_readings,
    counted.rolled_back_readings,
    counted.misread_readings,
    latest.last_read_date,
    latest.last_km,
    slopes.km_per_day,
    latest.last_km
    + slopes.km_per_day * {{ days_between('latest.last_read_date', as_of_date()) }} as estimated_km

from counted
left join latest on counted.vin = latest.vin
left join slopes on counted.vin = slopes.vin
