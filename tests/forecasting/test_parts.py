"""The parts forecast as a whole: no leak, calibrated, coherent frames, honest at the edges."""

from datetime import date
from pathlib import Path

import numpy as np
import polars as pl
import pytest
from polars.testing import assert_frame_equal

from forecasting.backtest import plan_backtest
from forecasting.boosted import NotEnoughHistory, boosted
from forecasting.calibrate import pit_coverage
from forecasting.distribution import demand_quantile
from forecasting.frames import HistoryError
from forecasting.parts import forecast_parts, level_name
from forecasting.plain import backtest_file
from forecasting.project import candidates, project

pytestmark = pytest.mark.fast

CARPARTS = Path(__file__).resolve().parents[2] / ".." / "shared" / "data" / "parts_carparts.parquet"


def negative_binomial(periods: int, series: int, seed: int = 3) -> np.ndarray:
    """Demand of steady series: mean .05 to 5 a month, dispersion 1 + mean / 2."""
    rng = np.random.default_rng(seed)
    mean = np.exp(rng.uniform(np.log(0.05), np.log(5), series))
    return rng.negative_binomial(2, 2 / (2 + mean), (periods, series)).astype(float)


def as_demand(units: np.ndarray) -> pl.DataFrame:
    months = pl.date_range(date(2021, 1, 1), date(2030, 12, 1), "1mo", eager=True)[: units.shape[0]]
    frames = [
        pl.DataFrame(
            {"outlet_id": f"o{i % 3}", "part_id": f"p{i:04d}", "month": months, "units": units[:, i]}
        )
        for i in range(units.shape[1])
    ]
    return pl.concat(frames)


def test_the_future_changes_no_earlier_forecast_of_any_method():
    units = negative_binomial(40, 60)
    later = units.copy()
    later[34:] = later[34:] * 7 + 3
    plan = plan_backtest(40, horizon=12, origins=6)
    assert max(plan.origins) == 34
    before, after = (
        candidates(u, [*plan.origins, 40], plan, horizon=12, season=12, seed=0)[0] for u in (units, later)
    )
    assert {c.method.value for c in before} >= {"naive", "seasonal_naive", "croston_sba", "tsb", "boosted"}
    for one, other in zip(before, after, strict=True):
        assert np.array_equal(one.forecast[:-1], other.forecast[:-1], equal_nan=True), one.method
        assert not np.array_equal(one.forecast[-1], other.forecast[-1]), one.method


def test_the_class_of_an_origin_is_the_one_known_then():
    units = negative_binomial(40, 60)
    later = units.copy()
    later[34:] = 0
    first, second = (project(u, horizon=6, season=12, origins=6).past_class for u in (units, later))
    assert (first == second).all()


def test_the_model_learns_nothing_from_the_period_it_may_not_see():
    units = negative_binomial(30, 60)
    later = units.copy()
    later[24:] = later[24:] * 7 + 3
    one, other = (boosted(u, [24], learn_until=24, horizon=6, season=12) for u in (units, later))
    assert np.array_equal(one.mean, other.mean)
    assert np.array_equal(one.chance_of_none, other.chance_of_none)


def test_a_model_shown_the_judged_window_is_refused():
    with pytest.raises(ValueError, match="leak"):
        boosted(negative_binomial(30, 5), [20, 30], learn_until=24, horizon=4, season=12)


def test_quantiles_cover_months_never_seen():
    units = negative_binomial(48, 800)
    found = project(units[:42], horizon=6, season=12, origins=6)
    mean = found.mean
    spread = np.broadcast_to(found.dispersion, mean.shape)
    covered = pit_coverage(
        mean.ravel(), (mean * spread).ravel(), units[42:].ravel(), (0.5, 0.8, 0.9, 0.95, 0.99)
    )
    # 4,800 months: one standard error is at most .7 points
    assert covered == pytest.approx([0.5, 0.8, 0.9, 0.95, 0.99], abs=0.02)


def test_a_wrong_spread_is_seen_by_the_coverage():
    mean = np.full(20_000, 2.0)
    actual = np.random.default_rng(0).negative_binomial(2, 0.5, 20_000).astype(float)  # mean 2, variance 4
    assert pit_coverage(mean, 2 * mean, actual, (0.9,)) == pytest.approx([0.9], abs=0.01)
    assert pit_coverage(mean, mean, actual, (0.9,))[0] < 0.86
    assert pit_coverage(mean, 4 * mean, actual, (0.9,))[0] > 0.92


def test_every_series_gets_a_row_per_month_and_its_quantiles_rise():
    found = forecast_parts(as_demand(negative_binomial(36, 50)), horizon=3, levels=(0.5, 0.9, 0.995))
    assert found.monthly.columns == [
        "outlet_id",
        "part_id",
        "month",
        "horizon",
        "mean",
        "q50",
        "q90",
        "q99.5",
        "method",
    ]
    assert found.monthly.height == 150
    assert found.monthly["month"].unique().sort().to_list() == [
        date(2024, 1, 1),
        date(2024, 2, 1),
        date(2024, 3, 1),
    ]
    assert found.monthly.select("outlet_id", "part_id", "month").is_duplicated().sum() == 0
    assert found.monthly.equals(found.monthly.sort("outlet_id", "part_id", "month"))
    assert (found.monthly["q50"] <= found.monthly["q90"]).all()
    assert (found.monthly["q90"] <= found.monthly["q99.5"]).all()
    assert (found.series["dispersion"] >= 1).all()
    assert found.series.height == 50
    assert (
        found.series.null_count().select("demand_class", "method", "mean_units_per_month").sum_horizontal()[0]
        == 0
    )


def test_the_quantile_columns_are_those_of_the_stated_mean_and_dispersion():
    found = forecast_parts(as_demand(negative_binomial(36, 30)), horizon=2)
    rows = found.monthly.join(found.series, on=["outlet_id", "part_id"])
    expected = demand_quantile(rows["mean"].to_numpy(), (rows["mean"] * rows["dispersion"]).to_numpy(), 0.95)
    assert rows["q95"].to_list() == expected.tolist()


def test_the_same_demand_gives_the_same_forecast_whatever_the_row_order():
    demand = as_demand(negative_binomial(30, 40))
    one, other = (
        forecast_parts(demand, horizon=2),
        forecast_parts(demand.sample(fraction=1, shuffle=True, seed=1), horizon=2),
    )
    assert_frame_equal(one.monthly, other.monthly)
    assert_frame_equal(one.series, other.series)


def test_a_part_that_never_sold_is_forecast_zero_by_the_simplest_method():
    units = negative_binomial(36, 40)
    units[:, 7] = 0
    found = forecast_parts(as_demand(units), horizon=2)
    row = found.series.filter(pl.col("part_id") == "p0007").row(0, named=True)
    assert (row["demand_class"], row["method"], row["mean_units_per_month"]) == ("no_demand", "naive", 0.0)
    assert row["adi"] is None
    assert row["backtest_mase"] is None
    assert found.monthly.filter(pl.col("part_id") == "p0007")["q99"].to_list() == [0, 0]


@pytest.mark.parametrize("months", [1, 2, 3, 5, 9, 13, 20, 25])
def test_a_history_of_any_length_is_forecast(months):
    units = negative_binomial(months, 6) + 1
    found = forecast_parts(as_demand(units), horizon=4)
    assert found.monthly.height == 24
    assert found.monthly["mean"].is_finite().all()
    assert found.monthly["mean"].min() > 0


def test_a_part_stocked_last_month_is_forecast_beside_old_ones():
    demand = as_demand(negative_binomial(36, 40))
    last = demand["month"].max()
    fresh = pl.DataFrame({"outlet_id": ["o9"], "part_id": ["launch"], "month": [last], "units": [4.0]})
    row = forecast_parts(pl.concat([demand, fresh]), horizon=1).series.filter(pl.col("outlet_id") == "o9")
    assert row["demand_class"].item() == "new"
    assert row["months_of_history"].item() == 1
    assert 0 < row["mean_units_per_month"].item() <= 4.5


def test_nothing_sold_anywhere_is_zero_everywhere():
    found = forecast_parts(as_demand(np.zeros((30, 4))), horizon=2)
    assert found.monthly["mean"].to_list() == [0.0] * 8


def test_an_empty_history_and_an_impossible_horizon_are_refused():
    demand = as_demand(negative_binomial(12, 2))
    with pytest.raises(HistoryError, match="empty"):
        forecast_parts(demand.clear(), horizon=1)
    with pytest.raises(ValueError, match="horizon"):
        forecast_parts(demand, horizon=0)


def test_too_little_history_for_the_model_is_said_not_guessed():
    with pytest.raises(NotEnoughHistory):
        boosted(negative_binomial(9, 5), [9], learn_until=9, horizon=6, season=12)


def test_level_names_are_percentages():
    assert [level_name(x) for x in (0.1, 0.95, 0.995, 0.29)] == ["q10", "q95", "q99.5", "q29"]


@pytest.mark.skipif(not CARPARTS.exists(), reason="../shared/data/parts_carparts.parquet is not here")
def test_real_car_parts_beat_the_published_quantile_losses():
    tenths = [x / 10 for x in range(1, 10)]
    figures = {f.name: f for f in backtest_file(CARPARTS, horizon=12, origins=1, levels=tenths)}
    loss = figures["weighted_quantile_loss"]
    assert loss.peer_value == pytest.approx(1.60, abs=0.005)  # seasonal naive, as published
    assert loss.value is not None
    assert loss.value < 0.87  # the best published is .89
