"""Numbers that stand in for one another, worked by hand: both ways a group, one way what is to spare."""

from __future__ import annotations

from typing import Any

import polars as pl
import pytest

from forecasting.explain import ExplanationError, recompute
from forecasting.interchange import Shared, share
from forecasting.replenishment import Suggestions, suggest
from tests.forecasting.test_replenishment import AS_OF, CHAIN, DEMAND, months, policy, position, series

pytestmark = pytest.mark.fast
RELATION = {
    "part_id": pl.String, "stands_in_part_id": pl.String, "factor": pl.Float64, "is_two_way": pl.Boolean,
    "is_successor": pl.Boolean,
}  # fmt: skip


def both(old: str, new: str, factor: float = 1.0) -> list[tuple[Any, ...]]:
    """One of old is `factor` of new, and the other way round."""
    return [(old, new, factor, True, True), (new, old, 1 / factor, True, False)]


def one_way(old: str, new: str, factor: float = 1.0) -> list[tuple[Any, ...]]:
    return [(old, new, factor, False, True)]


def shared(*relations: list[tuple[Any, ...]], parts: dict[str, dict[str, Any]]) -> Shared:
    """parts: number -> stock, terms and units a month; 30.4375 a month is one a day."""
    asked = [m for p, known in parts.items() for m in months(p, known.get("rate", 0.0))]
    terms = [policy(p, **known.get("terms", {})) for p, known in parts.items()]
    return share(
        pl.DataFrame([position(p, **known.get("stock", {})) for p, known in parts.items()]),
        pl.DataFrame(terms, infer_schema_length=None),
        pl.DataFrame([series(p, rate=known.get("rate", 0.0)) for p, known in parts.items()]),
        pl.DataFrame(asked, schema=DEMAND),
        pl.DataFrame([row for some in relations for row in some], schema=RELATION, orient="row"),
    )


def suggested(inputs: Shared) -> Suggestions:
    made = suggest(
        inputs.position, inputs.policy, inputs.series, pl.DataFrame(schema=CHAIN), inputs.demand, as_of=AS_OF,
        stand_ins=inputs.stand_ins,
    )  # fmt: skip
    wanted = made.suggestions.filter(pl.col("verdict").is_in(["suggested", "enough_stock"]))
    again = dict(recompute(made.explain).iter_rows())
    said = dict(wanted.filter(verdict="suggested").select("suggestion_id", "quantity").iter_rows())
    assert again == said  # every quantity comes back from its rows
    return made


def line(made: Suggestions, part: str) -> dict[str, Any]:
    return made.suggestions.filter(pl.col("part_id") == part).row(0, named=True)


def rows(made: Suggestions, part: str, component: str) -> list[tuple[str, float]]:
    own = made.explain.filter(suggestion_id=line(made, part)["suggestion_id"], component=component)
    return list(own.select("source_key", "value").iter_rows())


ALONE = 24  # units a day for 17 days: 17 expected, target 24 at 95 % (test_replenishment)


def test_one_number_alone_orders_up_to_its_target():
    made = suggested(shared(parts={"new": {"rate": 30.4375}}))
    assert (line(made, "new")["order_up_to"], line(made, "new")["quantity"]) == (ALONE, ALONE)


def test_stock_of_an_interchangeable_number_is_cover_and_the_newer_number_is_ordered():
    """6 of the old on the shelf and 4 coming: 10 fewer of the new."""
    parts = {"new": {"rate": 30.4375}, "old": {"stock": {"on_hand": 6, "in_transit": 4}}}
    made = suggested(shared(both("old", "new"), parts=parts))
    new, old = line(made, "new"), line(made, "old")
    assert (new["interchange_units"], new["position"], new["quantity"]) == (10, 10, ALONE - 10)
    assert "+ 10 under interchangeable numbers = 10" in new["sentence"]
    assert rows(made, "new", "interchange_cover") == [("old", 10.0)]
    assert (old["verdict"], old["quantity"], old["ordered_part_id"]) == ("interchange_ordered", 0, "new")
    assert old["on_hand"] == 6  # what lies on its shelf is still said there


def test_demand_of_a_group_counts_at_the_number_ordered():
    """Half a day under each number is one a day together."""
    parts = {"new": {"rate": 15.21875}, "old": {"rate": 15.21875}}
    made = suggested(shared(both("old", "new"), parts=parts))
    assert line(made, "new")["order_up_to"] == ALONE
    assert line(made, "new")["mean_units_per_month"] == pytest.approx(30.4375)
    assert rows(made, "new", "demand_month") == [("2026-02", 30.4375)]


def test_units_convert_what_is_there_down_and_what_is_owed_up():
    """One old is half a new: 5 old are 2 new; 3 owed are 2."""
    parts = {
        "new": {"rate": 30.4375},
        "old": {"stock": {"on_hand": 5, "backordered": 2, "reserved": 1}, "rate": 30.4375},
    }
    made = suggested(shared(both("old", "new", 0.5), parts=parts))
    new = line(made, "new")
    assert (new["interchange_units"], new["interchange_owed"], new["position"]) == (2, 2, 0)
    assert "- 2 owed under interchangeable numbers" in new["sentence"]
    assert rows(made, "new", "interchange_owed") == [("old", 2.0)]
    assert new["mean_units_per_month"] == pytest.approx(1.5 * 30.4375)


def test_a_group_is_whoever_can_be_reached_and_each_lends_once():
    parts = {"c": {"rate": 30.4375}, "b": {"stock": {"on_hand": 3}}, "a": {"stock": {"on_hand": 8}}}
    made = suggested(shared(both("a", "b", 2.0), both("b", "c", 0.25), parts=parts))
    assert rows(made, "c", "interchange_cover") == [("a", 4.0), ("b", 0.0)]
    assert line(made, "c")["quantity"] == ALONE - 4


def test_the_number_preferred_can_be_ordered_and_has_a_price():
    parts = {
        "new": {"terms": {"part_state": "run_out"}},
        "mid": {"terms": {"unit_price_minor": None, "price_missing": True}},
        "old": {"rate": 30.4375},
    }
    made = suggested(shared(both("old", "new"), both("old", "mid"), parts=parts))
    assert (line(made, "old")["verdict"], line(made, "new")["ordered_part_id"]) == ("suggested", "old")


def test_a_number_nobody_asked_for_is_stocked_as_well_as_the_one_it_stands_in_for():
    parts = {
        "new": {"terms": {"is_stocked": False, "service_level": 0.5}},
        "old": {"rate": 30.4375, "terms": {"service_level": 0.95}},
    }
    made = suggested(shared(both("old", "new"), parts=parts))
    assert (line(made, "new")["service_level"], line(made, "new")["quantity"]) == (0.95, ALONE)


def test_one_way_the_new_number_gives_what_is_beyond_its_own_target():
    """The new one holds 30 and wants 24: 6 cover the old one, which orders 18."""
    parts = {"new": {"rate": 30.4375, "stock": {"on_hand": 30}}, "old": {"rate": 30.4375}}
    made = suggested(shared(one_way("old", "new"), parts=parts))
    assert (line(made, "old")["quantity"], line(made, "new")["quantity"]) == (ALONE - 6, 0)
    assert rows(made, "old", "interchange_cover") == [("new", 6.0)]


def test_one_way_the_old_number_covers_nothing_of_the_new_one():
    parts = {"new": {"rate": 30.4375}, "old": {"stock": {"on_hand": 30}}}
    made = suggested(shared(one_way("old", "new"), parts=parts))
    assert line(made, "new")["quantity"] == ALONE
    assert rows(made, "new", "interchange_cover") == []


def test_a_unit_is_lent_once_and_whole_units_alone():
    """Two of the new are one of an old: 7 to spare are 3 for the first, and nothing for the second."""
    parts = {
        "new": {"rate": 30.4375, "stock": {"on_hand": 31}},
        "old-1": {"rate": 30.4375, "stock": {"on_hand": 20}},
        "old-2": {"rate": 30.4375},
    }
    made = suggested(shared(one_way("old-1", "new", 2.0), one_way("old-2", "new", 2.0), parts=parts))
    assert rows(made, "old-1", "interchange_cover") == [("new", 3.0)]
    assert rows(made, "old-2", "interchange_cover") == []


def test_a_borrower_asks_its_lenders_one_after_the_other():
    parts = {
        "old": {"rate": 30.4375},
        "new-1": {"stock": {"on_hand": 4}},
        "new-2": {"stock": {"on_hand": 50}},
    }
    made = suggested(shared(one_way("old", "new-1"), one_way("old", "new-2"), parts=parts))
    assert line(made, "old")["verdict"] == "enough_stock"
    assert line(made, "old")["interchange_units"] == ALONE


def test_a_covering_row_that_is_missing_is_found_out():
    parts = {"new": {"rate": 30.4375}, "old": {"stock": {"on_hand": 6}}}
    explain = suggested(shared(both("old", "new"), parts=parts)).explain
    with pytest.raises(ExplanationError, match="covering numbers are not as many as stated"):
        recompute(explain.filter(pl.col("component") != "interchange_cover"))
    altered = pl.when(pl.col("component") == "interchange_cover").then(5.0).otherwise("value")
    with pytest.raises(ExplanationError, match="position is not what the rows before it give"):
        recompute(explain.with_columns(value=altered))


def test_no_relation_changes_nothing():
    parts = {"new": {"rate": 30.4375}, "old": {"stock": {"on_hand": 6}}}
    inputs = shared(parts=parts)
    assert inputs.stand_ins.cover.is_empty()
    assert line(suggested(inputs), "new")["interchange_units"] == 0
