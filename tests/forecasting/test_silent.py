"""Series that have never sold: by hand."""

from __future__ import annotations

import numpy as np
import pytest

from forecasting.backtest import Judge
from forecasting.choose import Candidate, Method
from forecasting.parts import forecast_parts
from forecasting.silent import first_requests
from tests.forecasting.test_parts import as_demand

pytestmark = pytest.mark.fast

ORIGINS = [6, 8, 10]
NOTHING = Candidate(Method.naive, np.zeros((4, 3)))


def judged(*windows: list[list[float]], sold: tuple[str, ...] = ("no_demand",) * 3) -> Judge:
    """Two periods after each of three origins, three series; `sold` is their class at every origin."""
    return Judge(np.array(windows, dtype=float), np.array([sold] * len(windows)), 1e-3)


def test_a_silent_series_gets_what_silent_series_went_on_to_ask_for():
    found = first_requests(
        NOTHING,
        judged([[1, 0, 0], [0, 0, 2]], [[0, 0, 0], [0, 3, 0]], [[0, 1, 0], [2, 0, 0]]),
        ORIGINS,
    )
    assert found.method is Method.class_mean
    # at 6 no window had ended; at 8 that of 6 (3 units in 6 periods), at 10 two (6 in 12), at the end all
    assert found.forecast[:, 0].tolist() == [0, 0.5, 0.5, 9 / 18]


def test_what_others_ask_for_is_not_counted():
    sold = ("no_demand", "smooth", "no_demand")
    window = [[1.0, 50.0, 0.0], [1.0, 50.0, 1.0]]
    found = first_requests(NOTHING, judged(window, window, window, sold=sold), ORIGINS)
    assert found.forecast[-1].tolist() == [9 / 12] * 3


def test_where_silence_goes_on_nothing_stays_the_forecast():
    found = first_requests(
        NOTHING, judged([[9, 0, 0], [0, 0, 0]], [[0, 0, 0], [0, 0, 0]], [[0, 0, 0], [0, 0, 0]]), ORIGINS
    )
    assert found is NOTHING


def test_periods_that_were_not_recorded_say_nothing():
    gap = [[1.0, np.nan, 0.0], [1.0, np.nan, 0.0]]
    found = first_requests(NOTHING, judged(gap, gap, gap), ORIGINS)
    assert found.forecast[-1, 0] == pytest.approx(6 / 12)


def waking(seed: int = 1) -> np.ndarray:
    """120 parts over 30 months; half of them ask for one unit in fifty months."""
    rng = np.random.default_rng(seed)
    rate = np.where(np.arange(120) < 60, 0.02, 1.5)
    return rng.poisson(rate, (30, 120)).astype(float)


def test_months_of_a_part_that_never_sold_say_how_seldom_such_parts_begin_and_orders_wait_for_the_first():
    units = waking()
    found = forecast_parts(as_demand(units), horizon=3)
    silent = found.series.filter(demand_class="no_demand")
    assert silent["method"].unique().to_list() == ["class_mean"]
    assert silent["mean_units_per_month"].to_list() == [0.0] * silent.height
    months = found.monthly.join(silent, on=["outlet_id", "part_id"], how="semi")
    assert months["mean"].to_list() == pytest.approx([0.02] * months.height, rel=0.5)
