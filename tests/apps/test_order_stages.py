"""The order pipeline's conclusions: every stage counted, the slow and the slipped named, one order told."""

from __future__ import annotations

from datetime import date

import polars as pl
import pytest

from apps import order_stages
from apps.order_stages import Look
from tests.apps import vehicle_tables

pytestmark = pytest.mark.fast


@pytest.fixture
def orders() -> pl.DataFrame:
    return vehicle_tables.tables()["mart_order_pipeline"]


@pytest.fixture
def stages() -> pl.DataFrame:
    return vehicle_tables.tables()["mart_order_stage"]


def test_every_stage_before_delivery_is_a_row_even_when_nothing_waits_there(stages: pl.DataFrame):
    got = order_stages.standing(stages)
    assert got["stage"].to_list() == list(order_stages.STAGES)[:-1]
    assert dict(got.filter(pl.col("cars") > 0).select("stage", "cars").iter_rows()) == {
        "ordered": 1, "built": 1, "shipped": 1,
    }  # fmt: skip
    shipped = got.filter(stage="shipped").row(0, named=True)
    assert (shipped["days"], shipped["usual"], shipped["long"]) == (20.0, 10.0, 1)
    assert got.filter(stage="built")["usual"].item() is None


def test_the_most_slipped_order_comes_first_and_a_delivered_one_never(orders, stages):
    def keys(look: Look, stage: str = "") -> list[str]:
        return order_stages.listed(orders, stages, look, stage)["vehicle_order_id"].to_list()

    assert keys(Look.OPEN) == ["VO2", "VO4", "VO3"]
    assert keys(Look.OPEN, "built") == ["VO4"]
    assert keys(Look.SLIPPED) == ["VO2"]
    assert keys(Look.LONG) == ["VO2"]
    assert keys(Look.HERE) == []


def test_a_stage_that_was_skipped_is_told_from_one_that_lies_ahead(orders, stages):
    order = orders.filter(vehicle_order_id="VO2").row(0, named=True)
    told = order_stages.timeline(stages.filter(vehicle_order_id="VO2"), order)
    reached = dict(told.select("Stage", "Reached").iter_rows())
    assert reached["Ordered"] == "1 Apr 2026"
    assert reached["Built"] == "skipped"
    assert reached["Ship arrived"] == "expected 29 Jun 2026"
    assert reached["Delivered"] == "ahead"


def test_a_promise_is_the_first_one_and_a_later_one_is_only_shown(orders):
    order = orders.filter(vehicle_order_id="VO2").row(0, named=True)
    assert order_stages.promise(order) == (
        "Promised for 10 Jun 2026, now for 1 Jul 2026; 7 days past the first promise."
    )
    came = order | {"received_date": date(2026, 6, 9), "slip_days": -1}
    assert order_stages.promise(came).endswith("received 9 Jun 2026, on time.")
    assert order_stages.promise(order | {"promised_date": None}) == "No arrival was promised yet."
