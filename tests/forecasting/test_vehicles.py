"""The vehicle forecast: coherent, beaten by no leak, judged beside seasonal naive at every level."""

from datetime import date

import numpy as np
import polars as pl
import pytest

from forecasting.boosted import NotEnoughHistory
from forecasting.boosted_months import boosted_months
from forecasting.frames import HistoryError
from forecasting.vehicles import LEVELS, forecast_vehicles

pytestmark = pytest.mark.fast

MONTHS = pl.date_range(date(2021, 1, 1), date(2030, 12, 1), "1mo", eager=True)


def seasonal_sales(periods: int, seed: int = 5) -> pl.DataFrame:
    """Two markets, four outlets, three series; a season of the market, a steady growth, Poisson noise."""
    rng = np.random.default_rng(seed)
    t = np.arange(periods)
    frames = []
    for outlet in range(4):
        season = 1 + 0.4 * np.sin(2 * np.pi * (t / 12 + (outlet % 2) / 2))
        for series in range(3):
            units = rng.poisson((6 + 5 * series + 2 * outlet) * season * 1.006**t)
            frames.append(
                pl.DataFrame(
                    {
                        "market": f"m{outlet % 2}",
                        "region": f"r{outlet}",
                        "outlet_id": f"o{outlet}",
                        "series": f"s{series}",
                        "month": MONTHS[:periods],
                        "units": units.astype(float),
                    }
                )
            )
    return pl.concat(frames)


@pytest.fixture(scope="module")
def found():
    return forecast_vehicles(seasonal_sales(42).filter(pl.col("month") < MONTHS[36]), horizon=6)


def test_one_row_per_outlet_series_and_month_with_rising_quantiles(found):
    assert found.monthly.columns == [
        "market",
        "region",
        "outlet_id",
        "series",
        "month",
        "horizon",
        "mean",
        "units",
        "q10",
        "q50",
        "q90",
        "method",
    ]
    assert found.monthly.height == 4 * 3 * 6
    assert found.monthly["month"].unique().sort().to_list() == MONTHS[36:42].to_list()
    assert (found.monthly["q10"] <= found.monthly["q50"]).all()
    assert (found.monthly["q50"] <= found.monthly["q90"]).all()


def test_the_chosen_method_beats_seasonal_naive_on_months_never_seen(found):
    truth = seasonal_sales(42)
    last_year = truth.with_columns(month=pl.col("month").dt.offset_by("12mo"), naive="units").drop("units")
    keys = ["outlet_id", "series", "month"]
    rows = found.monthly.join(truth.select(*keys, "units"), on=keys).join(
        last_year.select(*keys, "naive"), on=keys
    )
    assert rows.height == 72
    mine = (rows["mean"] - rows["units"]).abs().sum()
    assert mine < 0.9 * (rows["naive"] - rows["units"]).abs().sum()


def test_upper_levels_are_the_sums_of_the_bottom(found):
    keys = ["method", "origin", "month", "horizon"]
    bottom = found.backtest.filter(pl.col("level") == "outlet_series")
    for level, names in LEVELS.items():
        summed = bottom.group_by(*names, *keys).agg(pl.col("actual", "forecast").sum()).sort(*names, *keys)
        stated = found.backtest.filter(pl.col("level") == level).sort(*names, *keys)
        assert stated["forecast"].to_numpy() == pytest.approx(summed["forecast"].to_numpy())
        assert stated["actual"].to_numpy() == pytest.approx(summed["actual"].to_numpy())


def test_every_method_is_judged_at_every_level_beside_seasonal_naive(found):
    whole = found.accuracy.filter(pl.col("horizon").is_null())
    assert set(whole["level"]) == set(LEVELS)
    for level in LEVELS:
        methods = whole.filter(pl.col("level") == level)["method"].to_list()
        assert {
            "seasonal_naive",
            "moving_mean",
            "seasonal_smoothing",
            "shares",
            "boosted_months",
            "blend",
        } == set(methods)
    row = whole.filter(pl.col("level") == "total", pl.col("method") == "seasonal_naive").row(0, named=True)
    rows = found.backtest.filter(pl.col("level") == "total", pl.col("method") == "seasonal_naive")
    assert row["n"] == rows.height
    assert row["wape"] == pytest.approx(
        (rows["forecast"] - rows["actual"]).abs().sum() / rows["actual"].sum()
    )


def test_textbook_models_of_the_markets_are_judged_with_two_seasons_before_the_first_origin():
    sales = seasonal_sales(48)
    textbook = {"theta", "ets", "arima"}
    for until, expected in ((48, textbook), (36, set())):
        found = forecast_vehicles(sales.filter(pl.col("month") < MONTHS[until]), horizon=6)
        assert textbook & set(found.accuracy["method"]) == expected
    without = forecast_vehicles(sales, horizon=6, textbook=False)
    assert not textbook & set(without.accuracy["method"])


def test_a_backtest_row_was_forecast_before_its_month(found):
    assert (found.backtest["origin"] < found.backtest["month"]).all()


def test_a_cleaned_history_is_learnt_from_and_judged_against_what_came():
    sales = seasonal_sales(36)
    wild = (pl.col("month") == MONTHS[31]) & (pl.col("outlet_id") == "o1")
    marked = sales.with_columns(
        cleaned_units=pl.col("units"), units=pl.when(wild).then(pl.col("units") + 500).otherwise("units")
    )
    plain = forecast_vehicles(sales, horizon=6, textbook=False)
    found = forecast_vehicles(marked, horizon=6, textbook=False)
    assert found.monthly.equals(plain.monthly)  # nothing was learnt from the wild month
    month = found.backtest.filter(pl.col("month") == MONTHS[31], pl.col("level") == "total")
    came = marked.filter(pl.col("month") == MONTHS[31])["units"].sum()
    assert set(month["actual"]) == {came}
    wape = [
        f.accuracy.filter(pl.col("level") == "total", pl.col("horizon").is_null())["wape"].max()
        for f in (found, plain)
    ]
    assert wape[0] > wape[1]


def test_the_future_changes_no_earlier_vehicle_forecast():
    sales = seasonal_sales(40)
    last = MONTHS[39]
    shifted = sales.with_columns(
        units=pl.when(pl.col("month") == last).then(pl.col("units") * 9 + 50).otherwise("units")
    )
    keys = ["level", "market", "region", "outlet_id", "series", "origin", "month", "method"]
    one, other = (forecast_vehicles(x, horizon=2).backtest.sort(keys) for x in (sales, shifted))
    # best settings and calendar may differ, as they are chosen on all origins; seasonal naive has none
    fixed = pl.col("method").is_in(["seasonal_naive"])
    assert one.filter(fixed)["forecast"].to_list() == other.filter(fixed)["forecast"].to_list()
    assert one.filter(fixed)["actual"].to_list() != other.filter(fixed)["actual"].to_list()


def test_the_model_may_not_learn_after_a_cut():
    units = np.ones((40, 3))
    groups = np.zeros(3, dtype=np.int64)
    with pytest.raises(ValueError, match="leak"):
        boosted_months(units, [30], learn_until=31, horizon=3, season=12, groups=groups)
    with pytest.raises(NotEnoughHistory):
        boosted_months(units, [14], learn_until=14, horizon=3, season=12, groups=groups)


@pytest.mark.parametrize("months", [1, 2, 4, 11, 15, 23])
def test_a_young_market_is_forecast_by_what_its_history_allows(months):
    got = forecast_vehicles(seasonal_sales(months), horizon=3)
    assert got.monthly.height == 36
    assert got.monthly["mean"].is_finite().all()
    assert (got.monthly["mean"] > 0).any()


def test_a_series_launched_late_is_forecast_and_an_outlet_that_never_sold_it_gets_zero():
    sales = seasonal_sales(36)
    late = sales.filter(pl.col("series") == "s0", pl.col("month") >= MONTHS[30]).with_columns(
        series=pl.lit("new")
    )
    never = sales.filter(pl.col("series") == "s0", pl.col("outlet_id") == "o1").with_columns(
        series=pl.lit("van"), units=pl.lit(0.0)
    )
    got = forecast_vehicles(pl.concat([sales, late, never]), horizon=3).monthly
    assert got.filter(pl.col("series") == "new")["mean"].min() > 1
    assert got.filter(pl.col("series") == "van")["mean"].max() < 0.5


def test_an_outlet_in_two_regions_and_a_gap_are_refused():
    sales = seasonal_sales(20)
    moved = sales.with_columns(
        region=pl.when(pl.col("outlet_id") == "o1", pl.col("series") == "s1")
        .then(pl.lit("r9"))
        .otherwise("region")
    )
    with pytest.raises(HistoryError, match="outlet_id=o1 appears in more than one"):
        forecast_vehicles(moved, horizon=1)
    with pytest.raises(HistoryError, match="gap"):
        forecast_vehicles(sales.filter(pl.col("month") != MONTHS[7]), horizon=1)
