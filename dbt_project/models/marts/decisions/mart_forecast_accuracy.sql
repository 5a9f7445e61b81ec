-- How good the forecast has been, from the backtest: cars by level, method and horizon, parts by
-- demand class. Levels do not add up: each is judged on its own sums.

with

errors as (

    select
        level,
        method,
        horizon,
        sum(actual) as actual_units,
        sum(abs(forecast - actual)) as absolute_error_units,
        sum(forecast - actual) as error_units
    from {{ ref('stg_engine_vehicle_backtest') }}
    group by level, method, horizon

    union all

    -- the row of all horizons together
    select
        level,
        method,
        null as horizon,
        sum(actual) as actual_units,
        sum(abs(forecast - actual)) as absolute_error_units,
        sum(forecast - actual) as error_units
    from {{ ref('stg_engine_vehicle_backtest') }}
    group by level, method

),

published as (

    select method, count(*) as cells
    from {{ ref('stg_engine_vehicle_forecast') }}
    group by method

)

select
    'vehicle' as subject,
    accuracy.level,
    accuracy.method,
    cast(accuracy.horizon as bigint) as horizon,
    cast(accuracy.wape as double) as wape,
    cast(accuracy.bias as double) as bias,
    cast(accuracy.mase as double) as mase,
    cast(null as double) as mase_seasonal_naive,
    cast(errors.actual_units as double) as actual_units,
    cast(errors.absolute_error_units as double) as absolute_error_units,
    cast(errors.error_units as double) as error_units,
    published.method is not null as is_published,
    cast(accuracy.n as bigint) as n

from {{ ref('stg_engine_vehicle_accuracy') }} as accuracy
left join errors
    on
        accuracy.level = errors.level
        and accuracy.method = errors.method
        and coalesce(accuracy.horizon, 0) = coalesce(errors.horizon, 0)
left join published on accuracy.method = published.method

union all

select
    'part' as subject,
    demand_class as level,
    method,
    cast(null as bigint) as horizon,
    cast(null as double) as wape,
    cast(null as double) as bias,
    cast(avg(backtest_mase) as double) as mase,
    cast(avg(backtest_mase_seasonal_naive) as double) as mase_seasonal_naive,
    cast(null as double) as actual_units,
    cast(null as double) as absolute_error_units,
    cast(null as double) as error_units,
    true as is_published,
    cast(count(backtest_mase) as bigint) as n

from {{ ref('stg_engine_part_series') }}
group by demand_class, method
