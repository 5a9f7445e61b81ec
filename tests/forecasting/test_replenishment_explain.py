"""The explanation is the quantity: rows alone give it back, and no row that counts can be spared."""

from __future__ import annotations

from datetime import date

import numpy as np
import polars as pl
import pytest

from forecasting.explain import ExplanationError, recompute
from forecasting.replenishment import Suggestions, suggest

pytestmark = pytest.mark.fast
MONTHS = [date(2024 + (m // 12), m % 12 + 1, 1) for m in range(18)]  # January 2024 to June 2025


def book(parts: int, *, seed: int = 7) -> Suggestions:
    """A made-up store of `parts` parts, every third with an old number, some without demand."""
    draw = np.random.default_rng(seed)
    ids = [f"p{n:05}" for n in range(parts)]
    rate = draw.gamma(0.6, 6.0, parts).round(3) * (draw.random(parts) > 0.1)
    units = draw.poisson(rate[:, None], (parts, len(MONTHS)))
    key = {"outlet_id": ["AE01"] * parts, "part_id": ids}
    stock = {
        c: draw.integers(0, 5, parts)
        for c in ("on_hand", "reserved", "on_order", "in_transit", "backordered")
    }
    position = pl.DataFrame(
        key
        | stock
        | {
            "predecessor_on_hand": draw.integers(0, 3, parts) * 0.5,
            "booked_units": draw.integers(0, 4, parts),
        }
    )
    policy = pl.DataFrame(
        key
        | {
            "lead_time_days": draw.uniform(3, 90, parts).round(1),
            "lead_time_sd_days": draw.uniform(0, 9, parts).round(1),
            "lead_time_observations": draw.integers(0, 9, parts),
            "review_days": [7] * parts,
            "pack_size": draw.integers(1, 7, parts),
            "minimum_quantity": draw.integers(1, 9, parts),
            "service_level": draw.choice([0.9, 0.95, 0.99], parts),
            "unit_price_minor": [100] * parts,
            "currency": ["AED"] * parts,
            "price_missing": draw.random(parts) < 0.05,
            "supplier_outlet_code": ["WH1"] * parts,
            "part_state": ["active"] * parts,
            "is_stocked": draw.random(parts) < 0.9,
        }
    )
    series = pl.DataFrame(
        key
        | {
            "demand_class": ["lumpy"] * parts,
            "method": ["sba"] * parts,
            "alpha": [0.1] * parts,
            "mean_units_per_month": rate * draw.uniform(0.7, 1.4, parts),
            "dispersion": draw.uniform(1, 3, parts),
            "level_cv2": draw.uniform(0, 0.5, parts),
        }
    )
    old = ids[::3]
    chain = pl.DataFrame(
        {
            "part_id": [f"{i}-old" for i in old],
            "current_part_id": old,
            "hops": [1] * len(old),
            "factor": [1.0] * len(old),
            "use_up": ["use_up_first"] * len(old),
        }
    )
    flat = units.ravel()
    demand = pl.DataFrame(
        {
            "outlet_id": "AE01",
            "part_id": np.repeat(ids, len(MONTHS)),
            "demand_month": MONTHS * parts,
            "observed_units": flat,
            "corrected_units": flat * 1.1,
            "demand_lines": flat,
            "zero_stock_days": 3,
            "superseded_units": flat // 4,
        }
    )
    return suggest(position, policy, series, chain, demand, as_of=date(2025, 7, 4))


@pytest.fixture(scope="module")
def store() -> Suggestions:
    return book(400)


def test_every_quantity_comes_back_from_its_rows_alone(store: Suggestions):
    meant = store.suggestions.filter(pl.col("quantity") > 0).select("suggestion_id", "quantity")
    assert meant.height > 200
    assert recompute(store.explain).sort("suggestion_id").equals(meant.sort("suggestion_id"))


def test_every_line_is_explained_ordered_or_not(store: Suggestions):
    assert set(store.explain["suggestion_id"]) == set(store.suggestions["suggestion_id"])
    told = store.explain.filter(pl.col("component") == "verdict")
    assert told["note"].null_count() == 0
    assert store.suggestions["verdict"].null_count() == store.suggestions["sentence"].null_count() == 0


def test_no_row_can_be_spared(store: Suggestions):
    first = store.suggestions.filter(pl.col("quantity") > 0)["suggestion_id"]
    for suggestion in first.head(4):
        rows = store.explain.filter(pl.col("suggestion_id") == suggestion)
        for step in rows["step_no"]:
            with pytest.raises(ExplanationError):
                recompute(rows.filter(pl.col("step_no") != step))


def test_no_demand_month_can_be_altered(store: Suggestions):
    cited = store.explain.filter(pl.col("component") == "demand_month")
    suggestion, step = cited.select("suggestion_id", "step_no").row(0)
    here = (pl.col("suggestion_id") == suggestion) & (pl.col("step_no") == step)
    raised = store.explain.with_columns(
        value=pl.when(here).then(pl.col("value") + 5).otherwise(pl.col("value"))
    )
    with pytest.raises(ExplanationError, match=f"{suggestion}: rate is not what the rows before it give"):
        recompute(raised)


def test_demand_is_cited_by_month_with_its_requests_and_corrections(store: Suggestions):
    cited = store.explain.filter(pl.col("component") == "demand_month")
    assert cited["source_document"].unique().to_list() == ["part_demand"]
    assert cited["source_key"].min() == "2024-07"  # twelve months before July 2025
    assert cited["source_key"].max() == "2025-06"
    assert (
        cited["note"]
        .str.contains(r"^\d+ requests.*; observed \d+, corrected for 3 days without stock$")
        .all()
    )


def test_an_altered_operation_is_refused(store: Suggestions):
    swapped = store.explain.with_columns(operation=pl.col("operation").str.replace("subtract", "add"))
    with pytest.raises(ExplanationError, match="no step of the rule"):
        recompute(swapped)


def test_steps_are_numbered_from_one_without_a_gap(store: Suggestions):
    counts = store.explain.group_by("suggestion_id").agg(
        pl.len(), pl.col("step_no").max(), low=pl.col("step_no").min()
    )
    assert (counts["len"] == counts["step_no"]).all()
    assert (counts["low"] == 1).all()


def test_the_same_run_twice_gives_the_same_tables():
    first, second = book(50), book(50)
    assert first.suggestions.equals(second.suggestions)
    assert first.explain.equals(second.explain)
