"""Whole units that agree at every level, and intervals of each level's own."""

from datetime import date

import numpy as np
import polars as pl
import pytest

from forecasting.frames import to_panel
from forecasting.hierarchy import Hierarchy, few_origins, spread, sums, whole_units
from forecasting.vehicles import forecast_hierarchy

pytestmark = pytest.mark.fast

MONTHS = pl.date_range(date(2019, 1, 1), date(2020, 12, 1), "1mo", eager=True)
LEVELS = Hierarchy(
    levels={"model": ("make", "model"), "make": ("make",), "total": ()},
    market=(),
    family=("make",),
    path=("total", "make", "model"),
)


def test_whole_units_agree_from_the_total_down():
    # total 3.0; makes 1.4 and 1.6: each gets its 1, the third goes to .6; models .7+.7 -> 1 to the first
    mean = np.array([[0.7, 0.7, 0.4, 0.4, 0.8]])
    makes = np.array([0, 0, 1, 1, 1])
    units = whole_units(mean, [np.zeros(5, dtype=np.int64), makes, np.arange(5)])
    assert units.tolist() == [[1, 0, 1, 0, 1]]


def test_nothing_expected_is_nothing_handed_out():
    mean = np.array([[0.0, 0.0, 2.0]])
    units = whole_units(mean, [np.zeros(3, dtype=np.int64), np.array([0, 0, 1]), np.arange(3)])
    assert units.tolist() == [[0, 0, 2]]


def test_whole_units_of_any_means_add_up_and_stay_within_reach():
    random = np.random.default_rng(4)
    mean, makes = random.gamma(0.6, 3, (4, 60)), np.sort(random.integers(0, 9, 60))
    units = whole_units(mean, [np.zeros(60, dtype=np.int64), makes, np.arange(60)])
    assert (units >= 0).all()
    assert units.sum(axis=1).tolist() == np.rint(mean.sum(axis=1)).astype(int).tolist()
    assert np.abs(sums(units.astype(float), makes) - sums(mean, makes)).max() <= 1
    assert np.abs(units - mean).max() < 2


def test_errors_of_a_level_make_its_own_interval():
    quantiles = {"q10": 0.1, "q90": 0.9}
    forecast = np.full((6, 3, 2), 100.0)
    actual = forecast + np.array([1.0, 30.0]) * np.random.default_rng(1).normal(0, 1, (6, 3, 2))
    ratio = spread(forecast, actual, 6, 2, quantiles)
    assert ratio.shape == (6, 2)
    assert ratio[0, 1] > 3 * ratio[0, 0]
    # seen at six origins: t(.9, 6) = 1.440 against 1.282
    assert few_origins(6) == pytest.approx((1.440 / 1.282) ** 2, abs=0.002)
    assert (spread(forecast, None, 6, 2, quantiles) < 1.1).all()


@pytest.fixture(scope="module")
def found():
    random = np.random.default_rng(8)
    frames = [
        pl.DataFrame(
            {
                "make": f"m{i // 3}",
                "model": f"m{i // 3} {i}",
                "month": MONTHS,
                "units": random.poisson(30 + 10 * np.sin(np.arange(24) * np.pi / 6)).astype(float),
            }
        )
        for i in range(6)
    ]
    panel = to_panel(pl.concat(frames), ("make", "model"))
    return forecast_hierarchy(panel, LEVELS, horizon=4, countries=[None] * 6)


def test_every_level_is_the_sum_of_its_bottom(found):
    models = found.levels.filter(pl.col("level") == "model")
    for level, keys in LEVELS.levels.items():
        stated = found.levels.filter(pl.col("level") == level).sort(*keys, "month")
        summed = models.group_by(*keys, "month").agg(pl.col("mean", "units").sum()).sort(*keys, "month")
        assert stated["units"].to_list() == summed["units"].to_list(), level
        assert stated["mean"].to_numpy() == pytest.approx(summed["mean"].to_numpy())


def test_an_interval_of_a_total_is_narrower_than_the_sum_of_the_intervals(found):
    width = found.levels.with_columns(width=pl.col("q90") - pl.col("q10"))
    by_level = {name: rows["width"].sum() for (name,), rows in width.group_by("level")}
    assert 0 < by_level["total"] < by_level["model"]
