"""Items alike, against figures worked by hand."""

from __future__ import annotations

import math
from collections.abc import Sequence
from datetime import date

import numpy as np
import polars as pl
import pytest

from forecasting.similar import Item, alike, conclusion, figures

pytestmark = pytest.mark.fast

ME = Item("AE", "S")
AS_OF = date(2026, 1, 15)
PRICES = pl.DataFrame({"series": ["S", "T", "U"], "price": [100.0, 80.0, None]})
SEASON = [4, 4, 4, 8, 8, 8, 4, 4, 4, 8, 8, 8]


def months(first: date, units: Sequence[float]) -> list[tuple[date, float]]:
    at = first.year * 12 + first.month - 1
    return [(date((at + n) // 12, (at + n) % 12 + 1, 1), u) for n, u in enumerate(units)]


def item(place: str, series: str, units: Sequence[float], first: date = date(2024, 1, 1)) -> pl.DataFrame:
    rows = [{"place": place, "series": series, "month": m, "units": u} for m, u in months(first, units)]
    return pl.DataFrame(rows, schema_overrides={"units": pl.Float64})


def test_shape_level_and_price_count_a_third_each():
    half = [u / 2 for u in SEASON * 2]
    found = alike(pl.concat([item("AE", "S", SEASON * 2), item("AE", "T", half)]), PRICES, ME)
    row = found.row(0, named=True)
    assert (row["months"], row["level"], row["price"]) == (24, 0.5, 0.8)
    assert row["shape"] == pytest.approx(1)  # the same season at half the height
    assert row["score"] == pytest.approx((1 + 0.5 + 0.8) / 3)


def test_an_unknown_price_is_left_out_of_the_score():
    found = alike(pl.concat([item("AE", "S", SEASON), item("AE", "U", SEASON)]), PRICES, ME)
    assert found.row(0, named=True)["price"] is None
    assert found["score"][0] == pytest.approx(1)


def test_the_shape_is_the_correlation_of_three_month_means():
    other = [float((n * 7) % 5 + 3) for n in range(24)]
    found = alike(pl.concat([item("AE", "S", SEASON * 2), item("SA", "S", other)]), PRICES, ME)

    def smooth(units: Sequence[float]) -> list[float]:
        return [float(np.mean(units[max(n - 1, 0) : n + 2])) for n in range(len(units))]

    by_hand = np.corrcoef(smooth([float(u) for u in SEASON * 2]), smooth(other))[0, 1]
    assert found["shape"][0] == pytest.approx(by_hand)


def test_what_shares_neither_place_nor_series_what_died_and_what_is_young_is_not_alike():
    stranger, dead = item("SA", "T", SEASON * 2), item("AE", "T", [*SEASON, *[0] * 12])
    young = item("SA", "S", SEASON[:11], date(2025, 2, 1))
    assert alike(pl.concat([item("AE", "S", SEASON * 2), stranger, dead, young]), PRICES, ME).is_empty()


def test_an_item_that_never_changes_has_no_shape_in_common():
    found = alike(pl.concat([item("AE", "S", SEASON * 2), item("SA", "S", [6] * 24)]), PRICES, ME)
    assert found["shape"].to_list() == [0.0]
    assert not any(math.isnan(score) for score in found["score"])


def test_figures_by_hand():
    history = item("AE", "S", [4] * 12 + [5] * 12)  # 2024: 48, 2025: 60
    ahead = item("AE", "S", [6] * 7, date(2026, 1, 1))  # the running month is not ahead
    judged = item("AE", "S", [6, 3, 6], date(2025, 10, 1)).with_columns(actual_units=pl.lit(5.0))
    row = figures(history, ahead, judged, AS_OF).row(0, named=True)
    assert (row["level"], row["growth"], row["expected"]) == (5, 0.25, pytest.approx(0.2))
    assert (row["error"], row["bias"], row["n"]) == (pytest.approx(4 / 15), 0, 3)


def test_a_figure_that_stands_on_too_little_is_none():
    history = item("AE", "S", [4] * 18, date(2024, 7, 1))
    judged = item("AE", "S", [6, 3], date(2025, 10, 1)).with_columns(actual_units=pl.lit(5.0))
    short = item("AE", "S", [6] * 4, date(2026, 2, 1))
    row = figures(history, short, judged, AS_OF).row(0, named=True)
    assert [row[name] for name in ("growth", "expected", "error", "bias")] == [None] * 4
    assert (row["level"], row["n"]) == (4, 2)


def stated(*rows: tuple[float | None, float | None, float | None]) -> pl.DataFrame:
    """The item first, then those alike: expected, error, bias."""
    kinds = {"expected": pl.Float64, "error": pl.Float64, "bias": pl.Float64}
    data = [
        {"place": "AE", "series": series, "expected": e, "error": w, "bias": b}
        for series, (e, w, b) in zip("STUVW", rows, strict=False)
    ]
    return pl.DataFrame(data, schema_overrides=kinds)


def test_a_forecast_that_grows_unlike_its_likes_is_said_to_be_high_or_low():
    likes = [(0.0, 0.2, 0.0), (0.1, 0.2, 0.0), (0.2, 0.2, 0.0)]
    assert "Expected +40% on last year, items alike +10%: high" in conclusion(
        stated((0.4, 0.2, 0), *likes), ME
    )
    assert "Expected -30% on last year, items alike +10%: low" in conclusion(
        stated((-0.3, 0.2, 0), *likes), ME
    )
    assert "moves as theirs do" in conclusion(stated((0.2, 0.2, 0), *likes), ME)


def test_errors_that_lean_the_same_way_are_corrected_above_others_here_or_not_at_all():
    likes = [(0.0, 0.2, 0.08), (0.0, 0.2, 0.12)]
    assert "run too high (+20%, theirs +10%): correct the level above" in conclusion(
        stated((0.0, 0.4, 0.2), *likes), ME
    )
    assert "errs by 40%, theirs by 20%: the cause lies here" in conclusion(stated((0, 0.4, -0.2), *likes), ME)
    assert "little to gain" in conclusion(stated((0, 0.25, 0.0), *likes), ME)
    assert conclusion(stated((0.9, 0.25, 0.0), *likes), ME).endswith("errs by 25%, theirs by 20%.")


def test_one_other_item_is_no_evidence():
    assert conclusion(stated((0.4, 0.2, 0.0), (0.0, 0.2, 0.0)), ME).startswith("Too few items")
    unknown = stated((None, None, None), (0.0, 0.2, 0.0), (0.0, 0.2, 0.0))
    assert conclusion(unknown, ME) == "The year before is too short to compare what is expected."
