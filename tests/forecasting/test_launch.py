"""A new series by analogy, worked out by hand."""

from __future__ import annotations

from datetime import date

import polars as pl
import pytest

from forecasting.launch import METHOD, Launch, levels_with_launches, with_launches
from pipelines.forecast import SCHEMAS

pytestmark = pytest.mark.fast

MONTHS = [date(2026, 7, 1), date(2026, 8, 1), date(2026, 9, 1)]


def forecast(*cells):
    """outlet, region, series, mean a month."""
    rows = [
        {
            "market": "AE", "region_path": region, "outlet_id": outlet, "series": series,
            "forecast_month": month, "horizon": n + 1, "mean": mean, "units": round(mean), "q10": 0, "q50": 1,
            "q90": 9, "method": "smoothed",
        }
        for outlet, region, series, mean in cells
        for n, month in enumerate(MONTHS)
    ]  # fmt: skip
    return pl.DataFrame(rows, schema=SCHEMAS["vehicle_forecast"])


def launch(**fields):
    usual = {
        "series": "NEW", "region_path": "MEA", "analogous_series": "OLD", "launch_month": MONTHS[1],
        "scale": 0.5, "ramp_months": 2,
    }  # fmt: skip
    return Launch(**{**usual, **fields})


def means(frame, series, outlet="d1"):
    return frame.filter(series=series, outlet_id=outlet).sort("forecast_month")["mean"].to_list()


def test_a_launch_climbs_to_its_share_of_the_analogous_series():
    found = with_launches(forecast(("d1", "MEA/AE", "OLD", 8.0)), [launch()])
    assert means(found, "NEW") == [2.0, 4.0]  # half of 8 is the full rate; half way in the first month
    assert set(found.filter(series="NEW")["method"]) == {METHOD}
    assert means(found, "OLD") == [8.0, 8.0, 8.0]


def test_what_it_replaces_runs_out_but_is_read_before_that():
    found = with_launches(
        forecast(("d1", "MEA/AE", "OLD", 8.0)), [launch(replaced_series="OLD", run_out_months=2)]
    )
    assert means(found, "OLD") == [8.0, 4.0, 0.0]
    assert means(found, "NEW") == [2.0, 4.0]


def test_a_run_out_follows_what_past_launches_taught_and_keeps_its_last_share():
    found = with_launches(
        forecast(("d1", "MEA/AE", "OLD", 8.0)), [launch(replaced_series="OLD", kept=(0.75,))]
    )
    assert means(found, "OLD") == [8.0, 6.0, 6.0]


def test_other_regions_and_outlets_that_sell_it_already_keep_their_forecast():
    given = forecast(
        ("d1", "MEA/AE", "OLD", 8.0), ("d2", "MEAN", "OLD", 8.0), ("d3", "MEA/SA", "OLD", 8.0),
        ("d3", "MEA/SA", "NEW", 1.0),
    )  # fmt: skip
    found = with_launches(given, [launch()])
    assert means(found, "NEW", "d2") == []
    assert means(found, "NEW", "d3") == [1.0, 1.0, 1.0]


def test_whole_units_of_a_launch_add_up_to_its_rounded_total():
    given = forecast(*((f"d{n}", "MEA/AE", "OLD", 1.5) for n in range(5)))
    found = with_launches(given, [launch(scale=1.0, ramp_months=1)]).filter(series="NEW")
    assert found.group_by("forecast_month").agg(pl.col("units").sum())["units"].to_list() == [8, 8]  # 7.5
    assert (found["q10"] <= found["q50"]).all()
    assert (found["q50"] <= found["q90"]).all()


LEVELS = {
    "outlet_series": ("market", "region_path", "outlet_id", "series"),
    "market_series": ("market", "series"),
    "total": (),
}


def levels_of(monthly):
    """Sums of the cells at every level, with intervals of one car around them."""
    rows = [
        monthly.group_by(*keys, "forecast_month", "horizon")
        .agg(pl.col("mean", "units").sum())
        .with_columns(
            level=pl.lit(name), q10=(pl.col("mean") - 1).clip(0), q50=pl.col("mean"), q90=pl.col("mean") + 1
        )
        for name, keys in LEVELS.items()
    ]
    schema = SCHEMAS["vehicle_level_forecast"]
    return pl.concat(rows, how="diagonal").select(schema.names()).cast(dict(schema))


def test_every_level_knows_a_launch_before_it_sells_and_what_it_replaces_runs_out_there():
    before = forecast(
        ("d1", "MEA/AE", "OLD", 8.0), ("d2", "MEA/AE", "OLD", 8.0), ("d1", "MEA/AE", "ELSE", 4.0)
    )
    after = with_launches(before, [launch(replaced_series="OLD", run_out_months=2)])
    found = levels_with_launches(levels_of(before), before, after, LEVELS)
    # 16 of OLD fall to 8 and 0; NEW at half its rate is 4, then 8; ELSE stays at 4
    assert found.filter(level="total").sort("forecast_month")["mean"].to_list() == [20.0, 16.0, 12.0]
    assert found.filter(level="total").sort("forecast_month")["units"].to_list() == [20, 16, 12]
    new = found.filter(level="market_series", series="NEW").sort("forecast_month")
    assert new["mean"].to_list() == [4.0, 8.0]
    # one standard deviation of four tenths and Poisson's: 8 + 1.28 * sqrt(8 + 3.2 ** 2) = 13.5
    assert new["q90"].to_list()[1] in {13, 14}
    kept = levels_of(before).filter(pl.col("series") == "ELSE")
    assert found.filter(pl.col("series") == "ELSE").equals(kept.sort(found.columns[:6]))
    for level in ("market_series", "total"):
        sums = found.filter(level=level).group_by("forecast_month").agg(pl.col("units").sum())
        bottom = found.filter(level="outlet_series").group_by("forecast_month").agg(pl.col("units").sum())
        assert sums.sort("forecast_month").equals(bottom.sort("forecast_month"))


def test_the_interval_of_a_total_widens_with_a_launch():
    before = forecast(("d1", "MEA/AE", "OLD", 30.0))
    after = with_launches(before, [launch(scale=1.0, ramp_months=1)])
    found = levels_with_launches(levels_of(before), before, after, LEVELS).filter(level="total")
    first, last = (
        found.sort("forecast_month").row(0, named=True),
        found.sort("forecast_month").row(2, named=True),
    )
    assert (first["q10"], first["q90"]) == (29, 31)  # before the launch nothing moved
    # 60 cars, half of them launched: 60 +- 1.28 * sqrt(30 + 12 ** 2) and the car of before
    assert (last["q10"], last["q50"], last["q90"]) == (43, 60, 77)
