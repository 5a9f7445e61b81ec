"""Launch of a part by analogy: hand-worked months, who gets a row, what orders see of it."""

from __future__ import annotations

from datetime import date

import numpy as np
import polars as pl
import pytest

from forecasting import rate_path
from forecasting.launch import LAUNCH_CV, METHOD
from forecasting.part_launch import PLANS, known_plans, ramp
from forecasting.parts import PartForecast, forecast_parts
from forecasting.supersession import MOVES

pytestmark = pytest.mark.fast

LAST = date(2026, 6, 1)
LAUNCH = date(2026, 8, 1)


def demand(**units: list[float]) -> pl.DataFrame:
    """Two years of each part at outlet o."""
    months = pl.date_range(date(2024, 7, 1), LAST, "1mo", eager=True)
    return pl.concat(
        [
            pl.DataFrame({"month": months, "units": (one * 24)[-24:]}).select(
                outlet_id=pl.lit("o"),
                part_id=pl.lit(part),
                month="month",
                units=pl.col("units").cast(pl.Float64),
            )
            for part, one in units.items()
        ]
    )


def plan(part: str = "fresh", like: str = "old", **changed: object) -> dict[str, object]:
    fixed = {"outlet_id": "o", "launch_date": LAUNCH, "scale": 0.5, "ramp_months": 2}
    return {**fixed, "part_id": part, "analogous_part_id": like, "known_date": date(2026, 6, 1), **changed}


def plans(*rows: dict[str, object]) -> pl.DataFrame:
    return pl.DataFrame(list(rows), schema=PLANS)


def made(launches: pl.DataFrame, moves: pl.DataFrame | None = None, **units: list[float]) -> PartForecast:
    return forecast_parts(
        demand(**(units or {"old": [4.0]})), horizon=6, levels=(0.5, 0.9), moves=moves, launches=launches
    )


def of(frame: pl.DataFrame, part: str = "fresh") -> pl.DataFrame:
    return frame.filter(part_id=part)


def test_the_ramp_climbs_in_a_straight_line_day_by_day() -> None:
    months = pl.date_range(date(2026, 7, 1), date(2026, 11, 1), "1mo", eager=True)
    found = pl.DataFrame({"month": months, "launch_date": LAUNCH, "ramp_months": 2}).select(
        ramp(pl.col("month"))
    )
    # 60.8 days to the full rate: mean share of 31 days of August, of 30 of September, of October
    august, september = 31 / 2 / 60.8, (60.8 / 2 + 0.2 - 31**2 / 2 / 60.8) / 30
    assert found.to_series().to_list() == pytest.approx([0.0, august, september, 1.0, 1.0])


def test_the_ramp_is_the_mean_of_its_days() -> None:
    for launch in (date(2026, 7, 1), date(2026, 7, 19), date(2026, 9, 30)):
        months = pl.date_range(date(2026, 6, 1), date(2027, 1, 1), "1mo", eager=True)
        frame = pl.DataFrame({"month": months, "launch_date": launch, "ramp_months": 3})
        for month, share in frame.select("month", ramp(pl.col("month")).alias("share")).iter_rows():
            days = np.arange(month.toordinal(), _next(month).toordinal(), 0.001) + 0.0005
            slow = np.clip((days - launch.toordinal()) / 91.2, 0, 1).mean()
            assert share == pytest.approx(slow, abs=1e-6)


def _next(month: date) -> date:
    return date(month.year + month.month // 12, month.month % 12 + 1, 1)


def test_a_launch_is_asked_for_as_its_analogue_scaled_along_the_ramp() -> None:
    found = made(plans(plan()))
    old, new = of(found.monthly, "old"), of(found.monthly)
    shares = [0.0, 31 / 2 / 60.8, (60.8 / 2 + 0.2 - 31**2 / 2 / 60.8) / 30, 1.0, 1.0, 1.0]
    assert new["mean"].to_list() == pytest.approx(
        [m * 0.5 * s for m, s in zip(old["mean"], shares, strict=True)]
    )
    assert new["method"].unique().to_list() == [METHOD]
    assert new["q90"][0] == 0
    assert new["q90"][-1] > new["mean"][-1]


def test_the_level_of_a_launch_is_as_uncertain_as_launches_are() -> None:
    found = made(plans(plan(scale=1.0)), old=[40.0])
    new, old = (of(found.series, part).row(0, named=True) for part in ("fresh", "old"))
    assert new["level_cv2"] == pytest.approx(old["level_cv2"] + LAUNCH_CV**2)
    assert new["mean_units_per_month"] == pytest.approx(old["mean_units_per_month"])
    assert (new["demand_class"], new["months_of_history"], new["backtest_mase"]) == ("new", 0, None)
    last = found.monthly.group_by("part_id").agg(pl.col("q90").last())
    assert of(last)["q90"].item() > of(last, "old")["q90"].item()


def test_orders_read_the_full_rate_and_its_months() -> None:
    found = made(plans(plan()))
    steps = rate_path.with_steps(of(found.series), found.path, date(2026, 7, 15))["rate_steps"].item()
    assert [step["share"] for step in steps][-1] == pytest.approx(1.0)
    assert steps[0]["share"] == 0


def test_a_number_that_has_sold_there_keeps_its_own_forecast() -> None:
    found = made(plans(plan()), old=[4.0], fresh=[1.0, 0.0])
    assert METHOD not in found.monthly["method"].to_list()


def test_a_number_on_the_list_that_never_sold_is_launched() -> None:
    found = made(plans(plan()), old=[4.0], fresh=[0.0])
    assert of(found.monthly)["method"].unique().to_list() == [METHOD]
    assert of(found.monthly).height == 6
    assert of(found.series).height == 1


def test_where_nobody_asks_for_the_analogue_nothing_is_launched() -> None:
    found = made(plans(plan(outlet_id="elsewhere"), plan("other", like="silent")), old=[4.0], silent=[0.0])
    assert found.monthly["part_id"].unique().sort().to_list() == ["old", "silent"]


def test_what_replaces_a_number_is_no_launch() -> None:
    rows = [("old", date(2026, 8, 1), None, "fresh", 1.0, 1.0, False)]
    found = made(plans(plan()), pl.DataFrame(rows, schema=MOVES, orient="row"))
    assert METHOD not in found.monthly["method"].to_list()
    assert of(found.monthly)["mean"].sum() > 0


def test_a_launch_is_known_from_the_day_it_was_approved() -> None:
    known = plans(plan(known_date=date(2026, 5, 2)))
    assert known_plans(known, date(2026, 5, 1)).is_empty()
    assert known_plans(known, date(2026, 5, 2)).height == 1


def test_of_two_plans_the_one_approved_last_holds() -> None:
    two = plans(plan(scale=0.9, known_date=date(2026, 6, 2)), plan(scale=0.5))
    assert known_plans(two, LAST)["scale"].to_list() == [0.5]
    assert known_plans(two, LAUNCH)["scale"].to_list() == [0.9]
