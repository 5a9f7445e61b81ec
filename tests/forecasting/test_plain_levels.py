"""A file with hierarchy columns: every level, adding up; what cannot add up is refused."""

from dataclasses import replace
from datetime import date
from pathlib import Path

import numpy as np
import polars as pl
import pytest

from forecasting.frames import HistoryError
from forecasting.plain_levels import (
    backtest_levels_file,
    forecast_levels_file,
    has_levels,
    judged_rows,
    read_levels,
)
from forecasting.tidy_file import read_tidy

pytestmark = pytest.mark.fast

MONTHS = pl.date_range(date(2022, 1, 1), date(2023, 5, 1), "1mo", eager=True)
HOMES = {"a1": ("north", "A"), "a2": ("north", "A"), "b1": ("north", "B"), "c1": ("south", "C")}


def history() -> pl.DataFrame:
    random = np.random.default_rng(3)
    return pl.concat(
        pl.DataFrame(
            {"unique_id": name, "ds": MONTHS, "y": random.poisson(9, len(MONTHS)).astype(float)}
        ).with_columns(region=pl.lit(region), make=pl.lit(make))
        for name, (region, make) in HOMES.items()
    )


@pytest.fixture
def path(tmp_path: Path) -> Path:
    history().write_parquet(tmp_path / "cars.parquet")
    return tmp_path / "cars.parquet"


def test_every_level_has_its_rows_and_adds_up(path):
    table = forecast_levels_file(
        path, horizon=2, out=path.with_name("out.csv"), quantiles=(0.1, 0.9), country="NO"
    )
    assert table.columns == ["level", "unique_id", "ds", "mean", "units", "q0.1", "q0.9"]
    names = table.group_by("level").agg(pl.col("unique_id").unique().sort())
    assert dict(names.iter_rows()) == {
        "series": ["a1", "a2", "b1", "c1"],
        "make": ["region=north, make=A", "region=north, make=B", "region=south, make=C"],
        "region": ["region=north", "region=south"],
        "total": ["total"],
    }
    units = {name: rows["units"].sum() for (name,), rows in table.group_by("level")}
    assert len(set(units.values())) == 1
    assert pl.read_csv(path.with_name("out.csv")).height == table.height == 2 * 10


def test_the_backtest_tells_each_level_beside_seasonal_naive_and_nominal(path):
    figures = {
        f.name: f
        for f in backtest_levels_file(path, horizon=1, origins=1, quantiles=(0.9,), levels=["make", "total"])
    }
    assert set(figures) == {
        f"{level} {name}" for level in ("make", "total") for name in ("mase", "wape", "bias", "coverage_0.9")
    }
    last, year_before = (history().filter(pl.col("ds") == day)["y"].sum() for day in (MONTHS[16], MONTHS[4]))
    assert figures["total wape"].peer_value == pytest.approx(abs(year_before - last) / last)
    assert figures["make coverage_0.9"].peer_value == 0.9


def test_the_future_changes_no_earlier_forecast_at_any_level(path):
    panel, hierarchy = read_levels(path)
    later = panel.units.copy()
    later[15:] = later[15:] * 7 + 50
    one, other = (
        judged_rows(replace(panel, units=units), hierarchy, 15, 2, (0.1, 0.9), "NO")
        for units in (panel.units, later)
    )
    known = ["level", "unique_id", "ds", "forecast", "units", "q0.1", "q0.9", "scale", "peer"]
    assert one.select(known).equals(other.select(known))
    assert not one["actual"].equals(other["actual"])


@pytest.mark.parametrize(
    ("change", "match"),
    [
        (
            lambda d: d.with_columns(
                make=pl.when(pl.col("ds") == MONTHS[3]).then(pl.lit("A")).otherwise("make")
            ),
            "more than one",
        ),
        (lambda d: d.filter((pl.col("ds") != MONTHS[5]) | (pl.col("unique_id") != "b1")), "gap"),
        (lambda d: d.with_columns(y=pl.col("y") + 0.5), "whole numbers"),
        (lambda d: d.with_columns(y=pl.col("y") - 40), "negative"),
        (lambda d: pl.concat([d, d[:1]]), "twice"),
    ],
)
def test_what_cannot_add_up_is_refused(path, change, match):
    change(history()).write_parquet(path)
    with pytest.raises(HistoryError, match=match):
        forecast_levels_file(path, horizon=1, out=path.with_name("out.csv"))


def test_a_flat_file_has_no_levels_and_an_unknown_level_is_named(path):
    assert has_levels(read_tidy(path))
    with pytest.raises(HistoryError, match="no level brand; the file has series, make, region, total"):
        backtest_levels_file(path, levels=["brand"])
    history().select("unique_id", "ds", "y").write_parquet(path)
    assert not has_levels(read_tidy(path))
