"""Backcasts of a fresh installation: parts beside cars, once, and never over what was published."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import polars as pl
import pytest

from forecasting.plan_steps import Plan
from forecasting.vintages import add_months, joined
from pipelines.plan_archive import EFFECT, PLAN, VintageKind, chosen, keep, read
from pipelines.plan_backcast import backcast_missing
from tests.forecasting.test_plan_steps import change, frame
from tests.forecasting.test_vintages import demand, sales

pytestmark = pytest.mark.fast

AS_OF = date(2026, 1, 10)  # 24 months of history, the last one December 2025
CHANGES = frame([change("x", "hq", "set", 1)])


def made(root: Path, *, later: int = 0) -> list[str]:
    histories = {"vehicle": sales(later=later), "part": demand(later=later)}
    backcast_missing(root, histories, CHANGES, as_of=AS_OF)
    return chosen(root, before=AS_OF)


def months_by_subject(root: Path, names: list[str]) -> dict[str, set[date]]:
    rows = read(root, PLAN, names).select("subject", pl.col("vintage_date").dt.truncate("1mo")).unique()
    return {s: set(rows.filter(subject=s)["vintage_date"]) for s in rows["subject"].unique()}


def back(months: int) -> set[date]:
    return {add_months(AS_OF.replace(day=1), -n) for n in range(1, months + 1)}


def of_cars(root: Path, name: str) -> Plan:
    steps, effects = (read(root, table, [name]).drop("vintage_date", "kind") for table in (PLAN, EFFECT))
    return Plan(steps.filter(subject="vehicle"), effects)


def test_a_fresh_installation_gets_six_months_of_cars_and_four_of_parts_all_backcast(tmp_path: Path) -> None:
    names = made(tmp_path)
    assert months_by_subject(tmp_path, names) == {"vehicle": back(6), "part": back(4)}
    kept = read(tmp_path, PLAN, names)
    assert set(kept["kind"]) == {"backcast"}
    ahead = (pl.col("forecast_month").dt.month() - pl.col("vintage_date").dt.month()) % 12
    judged = kept.filter(pl.col("subject") == "part", pl.col("forecast_month") < AS_OF.replace(day=1))
    assert set(judged.select(ahead)["forecast_month"]) == {0, 1, 2, 3}


def test_backcasts_are_made_once(tmp_path: Path) -> None:
    names = made(tmp_path)
    assert made(tmp_path, later=50) == names
    assert len(list((tmp_path / PLAN).iterdir())) == len(names)


def test_a_backcast_that_holds_cars_alone_is_joined_by_parts_and_keeps_its_cars(tmp_path: Path) -> None:
    source, upgraded = tmp_path / "source", tmp_path / "upgraded"
    whole = made(source)
    for name in whole:
        cars = of_cars(source, name)
        keep(upgraded, date.fromisoformat(name.split("-")[0]), VintageKind.backcast, cars)
    before = set(chosen(upgraded, before=AS_OF))
    names = made(upgraded, later=50)
    assert months_by_subject(upgraded, names) == {"vehicle": back(6), "part": back(4)}
    assert before <= {path.name for path in (upgraded / PLAN).iterdir()}
    for one, other in zip(whole, names, strict=True):
        assert of_cars(source, one).steps.equals(of_cars(upgraded, other).steps)


def test_a_published_vintage_without_parts_is_left_as_it_was_said(tmp_path: Path) -> None:
    source = tmp_path / "source"
    last = made(source)[-1]
    root = tmp_path / "root"
    keep(root, date(2025, 12, 20), VintageKind.published, joined([of_cars(source, last)]))
    names = made(root)
    assert months_by_subject(root, names)["part"] == back(4) - {date(2025, 12, 1)}
    assert names[-1].split("-")[1] == "published"
