"""Groups of outlets that share one stock."""

from __future__ import annotations

from datetime import date

import polars as pl
import pytest

from forecasting.rate_path import SCHEMA
from forecasting.replenishment import suggest
from forecasting.stock_group import StockGroupError, pool, resolve
from tests.forecasting.test_replenishment import AS_OF, CHAIN, DEMAND, months, policy, position, series

pytestmark = pytest.mark.fast


def groups(*rows: tuple[str, str | None, str, str | None]) -> pl.DataFrame:
    schema = ["stock_group_id", "parent_group_id", "ordering_outlet_id", "outlet_id"]
    return pl.DataFrame(list(rows), schema=dict.fromkeys(schema, pl.String), orient="row")


NESTED = groups(
    ("CITY", "LAND", "A1", "A1"), ("CITY", "LAND", "A1", "A2"), ("LAND", None, "B1", "B1"),
    ("LAND", None, "B1", None),
)  # fmt: skip


def at(outlet: str, row: dict[str, object]) -> dict[str, object]:
    return {**row, "outlet_id": outlet}


def test_a_group_inside_a_group_counts_in_the_outermost_one():
    got = resolve(NESTED)
    assert got.rows() == [("A1", "LAND", "B1"), ("A2", "LAND", "B1"), ("B1", "LAND", "B1")]


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        (groups(("G", None, "X", "A")), "orders at X, which is not inside it"),
        (groups(("G", "H", "A", "A"), ("H", "G", "A", None)), "hold one another"),
        (groups(("G", "H", "A", "A")), "which is not active"),
        (groups(("G", None, "A", "A"), ("H", None, "A", "A")), "in two stock groups"),
    ],
)
def test_a_group_that_contradicts_itself_is_refused_with_its_name(wrong, message):
    with pytest.raises(StockGroupError, match=message):
        resolve(wrong)


def pooled(*, stock_a2: float) -> pl.DataFrame:
    members = resolve(groups(("G", None, "A1", "A1"), ("G", None, "A1", "A2")))
    inputs = pool(
        pl.DataFrame([at("A1", position(on_hand=2)), at("A2", position(on_hand=stock_a2))]),
        pl.DataFrame([at("A1", policy()), at("A2", policy())]),
        pl.DataFrame([at("A1", series(rate=15.21875)), at("A2", series(rate=15.21875))]),
        pl.DataFrame([at("A1", r) for r in months("oil", 15)] + [at("A2", r) for r in months("oil", 16)],
                     schema=DEMAND),
        members,
    )  # fmt: skip
    return suggest(
        inputs.position, inputs.policy, inputs.series, pl.DataFrame(schema=CHAIN), inputs.demand, as_of=AS_OF
    )


def test_stock_and_demand_anywhere_in_the_group_count_where_it_is_ordered():
    # half a unit a day each is 1 a day together: target 24 as in the single-outlet test; 2 + 7 there
    made = pooled(stock_a2=7)
    main, other = made.suggestions.sort("outlet_id").to_dicts()
    assert (main["outlet_id"], main["order_up_to"], main["position"], main["quantity"]) == ("A1", 24, 9, 15)
    assert (other["verdict"], other["quantity"]) == ("group_ordered", 0)
    assert other["sentence"] == "Ordered at A1 for the whole group; its stock counts there."
    cited = made.explain.filter(pl.col("component") == "on_hand").row(0, named=True)
    assert (cited["value"], cited["source_key"]) == (9, "G/oil")
    assert made.explain.filter(pl.col("component") == "demand_month")["value"].to_list() == [31]


def test_the_minimum_is_applied_once_for_the_group_and_not_for_each_outlet():
    members = resolve(groups(("G", None, "A1", "A1"), ("G", None, "A1", "A2")))
    inputs = pool(
        pl.DataFrame([at("A1", position()), at("A2", position())]),
        pl.DataFrame([at(o, policy(minimum_quantity=40)) for o in ("A1", "A2")]),
        pl.DataFrame([at("A1", series(rate=15.21875)), at("A2", series(rate=15.21875))]),
        pl.DataFrame(schema=DEMAND),
        members,
    )
    made = suggest(
        inputs.position, inputs.policy, inputs.series, pl.DataFrame(schema=CHAIN), inputs.demand, as_of=AS_OF
    )
    assert made.suggestions["quantity"].sum() == 40


def test_a_part_that_only_a_member_stocks_is_ordered_on_its_terms():
    members = resolve(groups(("G", None, "A1", "A1"), ("G", None, "A1", "A2")))
    inputs = pool(
        pl.DataFrame([at("A2", position())]), pl.DataFrame([at("A2", policy(pack_size=5))]),
        pl.DataFrame([at("A2", series())]), pl.DataFrame(schema=DEMAND), members,
    )  # fmt: skip
    made = suggest(
        inputs.position, inputs.policy, inputs.series, pl.DataFrame(schema=CHAIN), inputs.demand, as_of=AS_OF
    )
    rows = {r["outlet_id"]: (r["verdict"], r["quantity"]) for r in made.suggestions.to_dicts()}
    assert rows == {"A1": ("suggested", 25), "A2": ("group_ordered", 0)}


def test_the_months_ahead_of_a_group_are_those_of_its_members_flat_ones_included():
    members = resolve(groups(("G", None, "A1", "A1"), ("G", None, "A1", "A2")))
    ahead = pl.DataFrame(
        [("A1", "oil", date(2026, 3, 1), 4.0), ("A1", "oil", date(2026, 4, 1), 2.0),
         ("Z", "oil", date(2026, 3, 1), 1.0)],
        schema=dict(SCHEMA), orient="row",
    )  # fmt: skip
    got = pool(
        pl.DataFrame([at("A1", position()), at("A2", position())]),
        pl.DataFrame([at("A1", policy()), at("A2", policy())]),
        pl.DataFrame([at("A1", series(rate=3.0)), at("A2", series(rate=10.0)), at("Z", series(rate=1.0))]),
        pl.DataFrame([at("A1", r) for r in months("oil", 15)], schema=DEMAND),
        members,
        ahead,
    ).path
    assert got.rows() == [
        ("A1", "oil", date(2026, 3, 1), 14.0), ("A1", "oil", date(2026, 4, 1), 12.0),
        ("Z", "oil", date(2026, 3, 1), 1.0),
    ]  # fmt: skip
