"""The order-up-to rule alone: known figures of one outlet and part in, units to order out.

Both doors use it: `replenishment.suggest()` on marts and `explain.recompute()` on explanation rows.
Frames are one row per decision; every input column is filled. Nothing here looks anything up.
"""

from __future__ import annotations

import numpy as np
import polars as pl
from numpy.typing import NDArray

from forecasting.distribution import sum_variance
from forecasting.lead_time import DIGITS, level_over, waits_of
from forecasting.rate_path import months_worth, steps_of

DAYS_PER_MONTH = 30.4375  # 365.25 / 12

INPUTS = (
    "demand_units", "demand_months", "method_adjustment", "announced_rate", "stocking_share", "dispersion",
    "level_cv2", "order_wait_days", "lead_time_days", "lead_points", "lead_time_sd_days", "review_days",
    "days_per_month", "booked_units", "cycle_chance", "sell_within_days", "maximum_units", "on_hand",
    "on_order", "in_transit", "predecessor_on_hand", "interchange_units", "reserved", "backordered",
    "interchange_owed", "minimum_quantity",
    "pack_size", "budget_cut", "urgent_lead_time_days", "waiting_cost_minor", "urgent_freight_minor",
    "rate_steps",
)  # fmt: skip
# Null where an outlet or a part has no such limit or terms.
OPTIONAL = (
    "lead_points", "sell_within_days", "maximum_units", "urgent_lead_time_days", "waiting_cost_minor",
    "urgent_freight_minor", "rate_steps",
)  # fmt: skip


def size(inputs: pl.DataFrame) -> pl.DataFrame:
    """Add rate, risk period, target, position, need and quantity to the columns of INPUTS.

    Adds: rate (units a month), lead_demand and lead_variance (until the order arrives), risk_days,
    risk_mean and risk_variance (until the next one does), booked_extra, full_target (before limits),
    order_up_to, position, need, raw_quantity (need, at least 0), packed_quantity (in packs, before the
    budget), quantity, urgent_quantity (of it, worth the freight of an urgent order). Units throughout.

    Booked appointments consume the forecast of the lead time: only what is booked beyond it is
    added, because past demand, and so the rate, already contains appointments.
    """
    steps = (_with_rate, _with_risk, _with_target, _with_limits, _with_quantity, _with_urgent)
    for step in steps:
        inputs = step(inputs)
    return inputs


def _with_rate(frame: pl.DataFrame) -> pl.DataFrame:
    months = pl.col("demand_months")
    plain = pl.when(months > 0).then(pl.col("demand_units") / months).otherwise(0.0)
    return frame.with_columns(rate=plain + pl.col("method_adjustment") + pl.col("announced_rate"))


def _with_risk(frame: pl.DataFrame) -> pl.DataFrame:
    """Mean and spread of what is asked for until the order after this one arrives."""
    stocked = pl.col("rate") * pl.col("stocking_share")
    wait = pl.col("order_wait_days") + pl.col("lead_time_days")
    frame = frame.with_columns(
        wait_days=wait.cast(pl.Float64),
        risk_days=(wait + pl.col("review_days")).cast(pl.Float64),
        stocked_rate=stocked,
    )
    frame = _with_worth(frame)
    booked = (pl.col("booked_units") - pl.col("stocked_rate") * pl.col("wait_months")).round(DIGITS)
    return frame.with_columns(
        booked_extra=booked.clip(lower_bound=0.0),
        expected_demand=pl.col("stocked_rate") * pl.col("risk_months"),
    ).with_columns(risk_mean=pl.col("expected_demand") + pl.col("booked_extra"))


def _with_worth(frame: pl.DataFrame) -> pl.DataFrame:
    """Months at the full rate that the wait, the whole period and the days of sale are worth."""
    steps, per_month = steps_of(frame["rate_steps"]), _floats(frame, "days_per_month")
    found: dict[str, pl.Series] = {}
    for name, column in (("wait", "wait_days"), ("risk", "risk_days"), ("sell", "sell_within_days")):
        days = frame[column].cast(pl.Float64)
        months, squares = months_worth(steps, days.fill_null(0.0).to_numpy(), per_month)
        found[f"{name}_months"] = pl.Series(months, dtype=pl.Float64).set(days.is_null(), None)
        found[f"{name}_squares"] = pl.Series(squares, dtype=pl.Float64)
    return frame.with_columns(**found)


def _with_target(frame: pl.DataFrame) -> pl.DataFrame:
    """Order-up-to level: the least that is safe enough for the forecast, and the bookings beyond it.

    Where receipts were observed, demand is that of every observed wait, weighed. Else the wait is one number
    and its spread a variance: a late order lengthens the wait before and the whole period alike.
    """
    rate, per_month = _floats(frame, "stocked_rate"), _floats(frame, "days_per_month")
    late = (rate * _floats(frame, "lead_time_sd_days") / per_month) ** 2
    spread, shared = _floats(frame, "dispersion"), _floats(frame, "level_cv2")
    lead = _floats(frame, "wait_months")
    variances = [
        sum_variance(
            rate,
            spread,
            _floats(frame, f"{name}_months"),
            level_cv2=shared,
            squares=_floats(frame, f"{name}_squares"),
        )
        + late
        for name in ("wait", "risk")
    ]
    waits = waits_of(
        frame["lead_points"],
        mean_days=_floats(frame, "lead_time_days"),
        before_days=_floats(frame, "order_wait_days"),
    )
    covered = level_over(
        rate,
        spread,
        waits,
        _floats(frame, "review_days") / per_month,
        _floats(frame, "cycle_chance"),
        per_month=per_month,
        level_cv2=shared,
        late_variance=np.where(waits.observed, 0.0, late),
        steps=steps_of(frame["rate_steps"]),
    )
    return frame.with_columns(
        lead_demand=pl.Series(rate * lead, dtype=pl.Float64),
        lead_variance=pl.Series(variances[0], dtype=pl.Float64),
        risk_variance=pl.Series(variances[1], dtype=pl.Float64),
        covered=pl.Series(covered, dtype=pl.Int64),
    )


def _with_limits(frame: pl.DataFrame) -> pl.DataFrame:
    """No more than sells before it spoils or is replaced, and no more than there is room for."""
    booked = pl.col("booked_extra").ceil().cast(pl.Int64)
    sold = pl.col("stocked_rate") * pl.col("sell_months")
    sellable = sold.round(DIGITS).floor().cast(pl.Int64)
    kept = pl.min_horizontal("covered", sellable) + booked
    return frame.with_columns(
        full_target=pl.col("covered") + booked,
        order_up_to=pl.min_horizontal(kept, pl.col("maximum_units").cast(pl.Int64)),
    )


def _with_quantity(frame: pl.DataFrame) -> pl.DataFrame:
    """No need, no order: the minimum and the pack only ever raise a need that is there, once an order."""
    have = sum_of("on_hand", "on_order", "in_transit", "predecessor_on_hand", "interchange_units")
    pack = pl.col("pack_size").cast(pl.Int64)
    least = pl.max_horizontal(pl.col("need"), pl.col("minimum_quantity").cast(pl.Int64))
    packed = (least + pack - 1) // pack * pack
    return (
        frame.with_columns(position=have - sum_of("reserved", "backordered", "interchange_owed"))
        .with_columns(need=pl.col("order_up_to") - pl.col("position"))
        .with_columns(
            raw_quantity=pl.col("need").clip(lower_bound=0),
            packed_quantity=pl.when(pl.col("need") > 0).then(packed).otherwise(0),
        )
        .with_columns(quantity=pl.col("packed_quantity") - pl.col("budget_cut").cast(pl.Int64))
    )


def _with_urgent(frame: pl.DataFrame) -> pl.DataFrame:
    """Who waits gets an urgent order when the days it saves are worth more than its freight."""
    waiting = (-pl.col("position")).clip(lower_bound=0)
    saved = (pl.col("wait_days") - pl.col("urgent_lead_time_days")).clip(lower_bound=0.0)
    worth = (waiting * saved * pl.col("waiting_cost_minor")).round(DIGITS) > pl.col("urgent_freight_minor")
    pack = pl.col("pack_size").cast(pl.Int64)
    packs = pl.min_horizontal((waiting + pack - 1) // pack * pack, "quantity")
    return frame.with_columns(
        waiting_units=waiting,
        urgent_quantity=pl.when((waiting > 0) & worth.fill_null(False)).then(packs).otherwise(0),
    )


def sum_of(*columns: str) -> pl.Expr:
    return pl.sum_horizontal(*[pl.col(c).cast(pl.Int64) for c in columns])


def _floats(frame: pl.DataFrame, column: str) -> NDArray[np.float64]:
    return frame[column].cast(pl.Float64).to_numpy()
