"""Money shared over the parts of an outlet: the pack that saves most per unit of money comes first."""

from __future__ import annotations

import itertools
from typing import Any

import numpy as np
import polars as pl
import pytest

from forecasting.distribution import expected_shortage
from forecasting.stock_budget import BudgetError, within_budget

pytestmark = pytest.mark.fast


def line(part: str, quantity: int, *, price: int = 100, mean: float = 5.0, **known: Any) -> dict[str, Any]:
    return {
        "outlet_id": "A", "part_id": part, "quantity": quantity, "pack_size": 1, "minimum_quantity": 1,
        "position": 0, "risk_mean": mean, "risk_variance": mean, "unit_price_minor": price, **known,
    }  # fmt: skip


def spent(*lines: dict[str, Any], budget: int) -> dict[str, int]:
    budgets = pl.DataFrame({"outlet_id": ["A"], "budget_minor": [budget]})
    got = within_budget(pl.DataFrame(list(lines)), budgets)
    assert got["cost_minor"].sum() <= budget
    return dict(got.select("part_id", "funded_quantity").iter_rows())


def test_a_customer_who_waits_is_served_before_a_shelf_is_filled():
    # one unit for who waits saves a whole unit; the first unit of a part that sells 0.5 saves 1 - P(0) = 0.39
    assert spent(line("shelf", 3, mean=0.5), line("waits", 1, mean=0.0, position=-1), budget=100) == {
        "shelf": 0,
        "waits": 1,
    }


def test_the_cheaper_of_two_equal_parts_gets_more():
    got = spent(line("cheap", 8, price=50), line("dear", 8, price=200), budget=900)
    assert got["cheap"] > got["dear"] > 0


def test_the_minimum_is_bought_whole_or_not_at_all_and_packs_stay_whole():
    got = spent(line("kit", 12, minimum_quantity=6, pack_size=3), budget=500)
    assert got == {"kit": 0}
    assert spent(line("kit", 12, minimum_quantity=6, pack_size=3), budget=900) == {"kit": 9}


def test_money_enough_or_no_limit_funds_every_line():
    lines = pl.DataFrame([line("a", 4), line("b", 7)])
    no_limit = within_budget(lines, pl.DataFrame(schema={"outlet_id": pl.String, "budget_minor": pl.Int64}))
    assert no_limit["cut_quantity"].to_list() == [0, 0]
    assert spent(line("a", 4), line("b", 7), budget=1_100) == {"a": 4, "b": 7}


def test_no_other_way_to_spend_the_same_money_saves_more_units():
    # equal prices: going down the list is exactly optimal; every other division of 7 units is tried
    means, rng = [0.4, 1.7, 3.0], np.random.default_rng(2)
    spread = [float(m * rng.uniform(1, 3)) for m in means]
    lines = [
        line(f"p{i}", 5, mean=m, risk_variance=v) for i, (m, v) in enumerate(zip(means, spread, strict=True))
    ]
    got = spent(*lines, budget=700)

    def owed(units: tuple[int, ...]) -> float:
        return float(expected_shortage(means, spread, list(units)).sum())

    best = min((u for u in itertools.product(range(6), repeat=3) if sum(u) == 7), key=owed)
    assert owed(tuple(got.values())) == pytest.approx(owed(best), abs=1e-9)


@pytest.mark.parametrize(
    ("bad", "said"),
    [
        ([line("a", 1, unit_price_minor=None), line("b", 1)], "price is missing"),
        ([line("a", 1), line("a", 2)], "twice"),
    ],
)
def test_lines_that_cannot_be_valued_are_refused(bad, said):
    with pytest.raises(BudgetError, match=said):
        spent(*bad, budget=100)
