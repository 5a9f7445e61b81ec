-- How good the chances were on later months than they were learnt from, beside a rule of thumb and the base rate.

select
    document,
    method,
    horizon_days,
    examples,
    log_loss,
    brier,
    auc,
    calibration_error,
    mean_chance,
    observed_share,
    top_tenth_lift,
    judged_from_date,
    judged_to_date

from {{ ref('stg_engine_score_quality') }}
