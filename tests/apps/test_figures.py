"""Charts as specifications: what is drawn, from which column, and that colour is never alone."""

from __future__ import annotations

from datetime import date
from typing import Any

import polars as pl
import pytest

from apps import figures

pytestmark = pytest.mark.fast

MONTHS = [date(2026, m, 1) for m in (5, 6, 7)]


def encodings(spec: dict[str, Any]) -> list[dict[str, Any]]:
    return [layer["encoding"] for layer in spec.get("layer", [spec])]


def test_the_forecast_cell_draws_band_actual_baseline_final_and_last_year():
    history = pl.DataFrame({"month": MONTHS[:1], "units": [9]})
    forecast = pl.DataFrame(
        {
            "month": MONTHS[1:],
            "baseline": [10.0, 11.0],
            "final": [10.0, 14.0],
            "q10": [5.0, 6.0],
            "q90": [20.0, 22.0],
        }
    )
    last_year = pl.DataFrame({"month": MONTHS[1:2], "units": [8]})
    spec = figures.forecast_cell(history, forecast, last_year, as_of=date(2026, 6, 17)).to_dict()
    band = spec["layer"][0]
    assert (band["mark"]["type"], band["encoding"]["y"]["field"], band["encoding"]["y2"]["field"]) == (
        "area",
        "q10",
        "q90",
    )
    drawn = [row["line"] for rows in spec["datasets"].values() for row in rows if "line" in row]
    assert {name: drawn.count(name) for name in set(drawn)} == {
        "Actual": 1,
        "Baseline": 2,
        "Final": 2,
        "Same month last year": 1,
    }


def test_lines_differ_by_dash_as_well_as_by_colour():
    months = pl.DataFrame({"month": MONTHS, "share": [0.1, 0.2, 0.3], "line": ["a", "b", "b"]})
    encoding = figures.shares_by_month(months, "share").to_dict()["encoding"]
    assert encoding["color"]["field"] == encoding["strokeDash"]["field"] == "line"
    assert encoding["color"]["legend"] is not None


def test_one_line_needs_no_legend_and_small_noise_does_not_fill_the_chart():
    months = pl.DataFrame({"month": MONTHS, "share": [0.50, 0.501, 0.502], "line": ["a"] * 3})
    encoding = figures.shares_by_month(months, "share").to_dict()["encoding"]
    assert encoding["color"]["legend"] is None
    low, high = encoding["y"]["scale"]["domain"]
    assert high - low >= 0.1


def test_target_retail_and_forecast_have_three_marks():
    months = pl.DataFrame(
        {"month": MONTHS, "retail": [1, 2, None], "target": [3, 3, 3], "forecast": [None, 2.5, 2.6]}
    )
    spec = figures.sales_against_target(months).to_dict()
    assert [layer["mark"]["type"] for layer in spec["layer"]] == ["bar", "tick", "point"]
    assert [e["y"]["field"] for e in encodings(spec)] == ["retail", "target", "forecast"]


def test_the_heat_map_writes_its_figure_into_each_cell_in_the_order_given():
    scores = pl.DataFrame(
        {"dealer": ["x", "y"], "axis": ["Sales", "Sales"], "score": [10.0, None], "text": ["10", "–"]}
    )
    spec = figures.score_heatmap(scores, ["y", "x"], ["Sales"]).to_dict()
    assert [e["y"]["sort"] for e in encodings(spec)] == [["y", "x"], ["y", "x"]]
    assert spec["layer"][1]["encoding"]["text"]["field"] == "text"


def test_every_column_of_the_heat_map_keeps_its_name_on_a_phone():
    scores = pl.DataFrame({"dealer": ["x"], "axis": ["Sales"], "score": [10.0], "text": ["10"]})
    axis = encodings(figures.score_heatmap(scores, ["x"], ["Sales", "Staff"]).to_dict())[0]["x"]["axis"]
    assert axis["labelOverlap"] is False
    assert axis["labelAngle"] == {"expr": "width < 88 ? -90 : 0"}


def test_age_buckets_keep_their_order():
    buckets = pl.DataFrame({"age_bucket": ["0-30", ">365"], "units": [3, 1], "is_aged": [False, True]})
    assert figures.ageing(buckets, ["0-30", ">365"]).to_dict()["encoding"]["y"]["sort"] == ["0-30", ">365"]


def test_the_healthy_range_of_cover_is_drawn():
    cells = pl.DataFrame({"series": ["A"], "cover_days": [75.0], "text": ["75 days"]})
    spec = figures.cover_by_series(cells).to_dict()
    assert {"low": 30, "high": 60} in [row for rows in spec["datasets"].values() for row in rows]


def test_funnel_bars_carry_their_count_and_share():
    stages = pl.DataFrame({"stage": ["Leads"], "count": [10], "share": [1.0], "text": ["10 · 100 %"]})
    assert figures.funnel(stages, ["Leads"]).to_dict()["layer"][1]["encoding"]["text"]["field"] == "text"
