-- How good the forecast has been, from the backtest: cars by level, method and horizon, parts by
-- demand class. Levels do not add up: each is judged on its own sums.

select
    'vehicle' as subject,
    level,
    method,
    cast(horizon as bigint) as horizon,
    cast(wape as double) as wape,
    cast(bias as double) as bias,
    cast(mase as double) as mase,
    cast(null as double) as mase_seasonal_naive,
    cast(n as bigint) as n

from {{ ref('stg_engine_vehicle_accuracy') }}

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
    cast(count(backtest_mase) as bigint) as n

from {{ ref('stg_engine_part_series') }}
group by demand_class, method
