-- Baseline cells of both forecasts under one shape: what, where, which month, how much.

select
    'vehicle' as subject,
    forecasts.outlet_id,
    forecasts.market,
    forecasts.region_path,
    forecasts.series as item,
    forecasts.forecast_month,
    forecasts.horizon,
    forecasts.method,
    forecasts.mean,
    forecasts.q10,
    forecasts.q50,
    forecasts.q90

from {{ ref('stg_engine_vehicle_forecast') }} as forecasts

union all

select
    'part' as subject,
    forecasts.outlet_id,
    outlets.market,
    outlets.region_path,
    forecasts.part_id as item,
    forecasts.forecast_month,
    forecasts.horizon,
    forecasts.method,
    forecasts.mean,
    forecasts.q10,
    forecasts.q50,
    forecasts.q90

from {{ ref('stg_engine_part_forecast') }} as forecasts
inner join {{ ref('int_outlet_placed') }} as outlets on forecasts.outlet_id = outlets.outlet_id
