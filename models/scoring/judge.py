"""How good chances are on months that came later than those they were learnt from.

In: outcomes and chances. Out: one row of figures. All are better than nothing only beside the base rate and
beside a rule that a person would use; so those are measured in the same breath.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

import numpy as np
import numpy.typing as npt
import polars as pl
from sklearn.metrics import roc_auc_score

Floats = npt.NDArray[np.float64]
_FAR = 1e-6
_GROUPS = 10
FIGURES = ("log_loss", "brier", "auc", "calibration_error", "mean_chance", "observed_share", "top_tenth_lift")


@dataclass(frozen=True, slots=True)
class Split:
    """Days examples were taken on: fitted on, calibrated on, judged on; each later than the one before."""

    fit: list[date]
    calibrate: list[date]
    judge: list[date]


def split(days: list[date], *, horizon_days: int) -> Split | None:
    """The last quarter judges, the fifth before it calibrates; None when there are too few days.

    No outcome that is learnt from lies in a later part: days within the horizon before it are left out.
    """
    known = sorted(days)
    first_judged = known[-max(len(known) // 4, 1)] if known else None
    if first_judged is None:
        return None
    before = [d for d in known if (first_judged - d).days >= horizon_days]
    if len(before) < 4:
        return None
    first_calibrated = before[-max(len(before) // 4, 1)]
    fitted = [d for d in before if (first_calibrated - d).days >= horizon_days]
    if not fitted:
        return None
    return Split(
        fitted, [d for d in before if d >= first_calibrated], [d for d in known if d >= first_judged]
    )


def figures(outcome: npt.NDArray[np.int64], chances: Floats) -> dict[str, float | None]:
    """FIGURES. `auc` is None when only one outcome came; the calibration error weighs ten equal groups."""
    p = np.clip(chances, _FAR, 1 - _FAR)
    order = np.argsort(-p, kind="stable")
    groups = np.array_split(order, min(_GROUPS, len(order)))
    gaps = [abs(p[g].mean() - outcome[g].mean()) * len(g) for g in groups]
    share = float(outcome.mean())
    both = 0 < share < 1
    return {
        "log_loss": float(-(outcome * np.log(p) + (1 - outcome) * np.log(1 - p)).mean()),
        "brier": float(((p - outcome) ** 2).mean()),
        "auc": float(roc_auc_score(outcome, p)) if both else None,
        "calibration_error": float(sum(gaps) / len(p)),
        "mean_chance": float(p.mean()),
        "observed_share": share,
        "top_tenth_lift": float(outcome[groups[0]].mean() / share) if share else None,
    }


def rule_rates(fitted: pl.DataFrame, judged: pl.DataFrame, by: list[str], outcome: str) -> Floats:
    """The rule of thumb: the share seen in each cell of `by`, half-way to the whole for ten examples."""
    share = float(fitted[outcome].cast(pl.Float64).mean() or 0.0)  # type: ignore[arg-type]
    cells = fitted.group_by(by).agg(n=pl.len(), hits=pl.col(outcome).cast(pl.Float64).sum())
    rated = cells.with_columns(rate=(pl.col("hits") + 10 * share) / (pl.col("n") + 10)).drop("n", "hits")
    found = judged.select(by).join(rated, on=by, how="left", nulls_equal=True, maintain_order="left")
    rates: Floats = found["rate"].fill_null(share).to_numpy()
    return rates
