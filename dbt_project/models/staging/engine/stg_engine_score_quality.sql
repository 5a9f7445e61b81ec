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

from {{ source('engine', 'score_quality') }}
