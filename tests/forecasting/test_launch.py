"""A new series by analogy, worked out by hand."""

from __future__ import annotations

from datetime import date

import polars as pl
import pytest

from forecasting.launch import METHOD, Launch, with_launches
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
