"""What is known of the months ahead betters the forecast where it helps, and else leaves it alone."""

from __future__ import annotations

from datetime import date

import numpy as np
import polars as pl
import pytest

from forecasting.frames import Panel
from forecasting.known_ahead import Known, given, known_of
from forecasting.parts import forecast_parts

pytestmark = pytest.mark.fast
EVERY = np.array(["all"] * 40)


def drawn(seed: int = 0) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """past and now of a flat forecast of 4; actual: booked units (mean 2) and 2 that nobody could know."""
    rng = np.random.default_rng(seed)
    booked = rng.poisson(2.0, (7, 1, 40)).astype(float)
    actual = booked[:6] + rng.poisson(2.0, (6, 1, 40))
    return np.full((6, 1, 40), 4.0), booked, actual


def test_bookings_that_foretell_demand_take_their_part_of_the_forecast() -> None:
    past, booked, actual = drawn()
    known = Known(np.zeros_like(booked), {"booked": booked})
    found = given(past, np.full((3, 40), 4.0), actual, known, groups=EVERY, floor=0.04)
    weights = dict(found.table.select("signal", "weight").iter_rows())
    assert found.table["is_used"].all()
    assert weights["booked"] == pytest.approx(1.0, abs=0.15)
    assert weights["forecast"] == pytest.approx(0.5, abs=0.1)  # 2 of 4 units were not booked
    assert np.corrcoef(found.mean[0], booked[-1, 0])[0, 1] > 0.99
    assert (found.mean[1:] == 4.0).all()  # nothing was known of later months
    assert found.spread[0] < 0.75  # half of the month's variance is known: Poisson 2 of 4


def test_bookings_that_say_nothing_are_not_used() -> None:
    past, booked, _ = drawn()
    actual = np.random.default_rng(1).poisson(4.0, (6, 1, 40)).astype(float)
    found = given(past, np.full((1, 40), 4.0), actual, Known(np.zeros_like(booked), {"booked": booked}),
                  groups=EVERY, floor=0.04)  # fmt: skip
    assert not found.table["is_used"].any()
    assert (found.mean == 4.0).all()
    assert (found.certain == 0).all()


def test_what_was_asked_for_already_is_certain() -> None:
    past, sofar, actual = drawn()
    found = given(past, np.full((1, 40), 4.0), actual, Known(sofar, {}), groups=EVERY, floor=0.04)
    assert (found.mean[0] >= sofar[-1, 0]).all()
    assert (found.certain[0] == sofar[-1, 0]).all()


def test_the_future_of_an_origin_changes_nothing_that_is_learnt_for_it() -> None:
    past, booked, actual = drawn()
    now = np.full((1, 40), 4.0)
    later = booked.copy()
    later[-1] += 100  # known today, and to no earlier origin
    one, two = (
        given(past, now, actual, Known(np.zeros_like(b), {"booked": b}), groups=EVERY, floor=0.04)
        for b in (booked, later)
    )
    assert (one.past == two.past).all()
    assert one.table.equals(two.table)


def test_three_origins_are_too_few_to_learn_from() -> None:
    past, booked, actual = drawn()
    known = Known(np.zeros((4, 1, 40)), {"booked": booked[3:]})
    found = given(past[3:], np.full((1, 40), 4.0), actual[3:], known, groups=EVERY, floor=0.04)
    assert not found.table["is_used"].any()
    assert found.table["loss_with"].null_count() == found.table.height


def test_rows_land_at_their_cut_and_step() -> None:
    panel = Panel(pl.DataFrame({"outlet_id": ["a"]}), np.zeros((5, 1)), date(2026, 5, 1))
    rows = pl.DataFrame(
        {
            "outlet_id": ["a", "a", "b"],
            "cut_month": [date(2026, 4, 1), date(2026, 6, 1), date(2026, 6, 1)],
            "month": [date(2026, 5, 1), date(2026, 6, 1), date(2026, 6, 1)],
            "certain": [0.0, 3.0, 9.0],
            "booked": [2.0, 1.0, 9.0],
        }
    )
    # three months known: January to March; on a day of April 2 were booked for May, one step on
    found = known_of(rows, panel, ["outlet_id"], [3, 5], 2)
    assert found.certain[:, :, 0].tolist() == [[0, 0], [3, 0]]
    assert found.signals["booked"][:, :, 0].tolist() == [[0, 2], [1, 0]]


def test_parts_without_signals_are_forecast_as_before_and_series_never_change() -> None:
    rng = np.random.default_rng(3)
    months = pl.date_range(date(2023, 1, 1), date(2025, 12, 1), "1mo", eager=True)
    parts = [f"p{i:02}" for i in range(30)]
    units = rng.poisson(5.0, (30, 36))
    demand = pl.DataFrame(
        {"outlet_id": "o", "part_id": np.repeat(parts, 36), "month": pl.concat([months] * 30),
         "units": units.ravel()}
    )  # fmt: skip
    booked = rng.binomial(units, 0.6)
    next_month = rng.poisson(3.0, 30)
    known = pl.concat(
        [
            demand.select("outlet_id", "part_id", "month", cut_month="month", certain=pl.lit(0.0),
                          booked=pl.Series(booked.ravel()).cast(pl.Float64)),
            pl.DataFrame({"outlet_id": "o", "part_id": parts, "month": date(2026, 1, 1),
                          "cut_month": date(2026, 1, 1), "certain": 0.0, "booked": next_month.astype(float)}),
        ]
    )  # fmt: skip
    plain, told = forecast_parts(demand, horizon=3), forecast_parts(demand, horizon=3, known=known)
    assert plain.series.equals(told.series)
    assert told.known["is_used"].any()
    first = told.monthly.filter(horizon=1)
    assert np.corrcoef(first["mean"], next_month)[0, 1] > 0.9
    assert (first["q10"] <= first["q90"]).all()
    assert plain.monthly.filter(pl.col("horizon") > 2).equals(told.monthly.filter(pl.col("horizon") > 2))
