select
    outlet_id,
    part_id,

    demand_class,
    method,

    alpha,
    mean_units_per_month,
    dispersion,
    adi,
    cv2,
    backtest_mase,
    backtest_mase_seasonal_naive,
    months_of_history

from {{ source('engine', 'part_series') }}
