"""Orders before a supersession: rates that end and begin, the old number's last order, stock that is left."""

from datetime import date
from typing import Any

import polars as pl
import pytest

from forecasting.announced_orders import INFLOW, announce, left_over
from forecasting.explain import ExplanationError, recompute
from forecasting.rate_path import SCHEMA
from forecasting.replenishment import Suggestions, suggest
from forecasting.replenishment_rule import DAYS_PER_MONTH
from forecasting.stock_group import pool
from forecasting.supersession import MOVES

pytestmark = pytest.mark.fast

AS_OF = date(2026, 3, 11)
CHANGE = date(2026, 3, 31)  # in twenty days
STOCK = (
    "on_hand",
    "reserved",
    "on_order",
    "in_transit",
    "backordered",
    "predecessor_on_hand",
    "booked_units",
)
SPREAD = {"demand_class": "smooth", "method": "mean_12", "alpha": None, "dispersion": 1.0, "level_cv2": 0.0}
NO_PATH = pl.DataFrame(schema=SCHEMA)


def moves(*, factor: float = 2.0, share: float = 1.0, uses_up: bool = True) -> pl.DataFrame:
    rows = [
        ("old", AS_OF, CHANGE, "old", 1.0, 1.0, uses_up),
        ("old", CHANGE, None, "new", share, factor, uses_up),
    ]
    if share < 1:
        rows.append(("old", CHANGE, None, "old", 1 - share, 1.0, uses_up))
    return pl.DataFrame(rows, schema=MOVES, orient="row")


def series(**means: float) -> pl.DataFrame:
    rows = [
        {"outlet_id": "d", "part_id": part, "mean_units_per_month": mean, **SPREAD}
        for part, mean in means.items()
    ]
    return pl.DataFrame(rows, schema_overrides={"alpha": pl.Float64})


def paths(frame: pl.DataFrame) -> dict[str, list[tuple[date, float]]]:
    grouped = frame.group_by("part_id", maintain_order=True)
    return {part: rows.select("month", "units").rows() for (part,), rows in grouped}


def test_the_old_rate_ends_and_the_successors_begins_on_the_day():
    found = announce(series(old=5.0), NO_PATH, moves(), as_of=AS_OF)
    first = date(2026, 3, 1)
    assert paths(found.path) == {"new": [(first, 0), (CHANGE, 10)], "old": [(first, 5), (CHANGE, 0)]}
    rates = dict(found.series.select("part_id", "mean_units_per_month").iter_rows())
    assert rates == {"old": 5.0, "new": 10.0}
    # variance over mean of pairs is twice that of single units
    assert found.series.filter(part_id="new")["dispersion"].item() == 2.0
    assert found.inflow.rows() == [("d", "new", "old", CHANGE, 10.0, 2.0, True)]


def test_a_successor_that_sells_keeps_its_own_rate_and_some_cars_take_their_share():
    found = announce(series(old=5.0, new=1.0), NO_PATH, moves(factor=1, share=0.4), as_of=AS_OF)
    first = date(2026, 3, 1)
    assert paths(found.path) == {"new": [(first, 1), (CHANGE, 3)], "old": [(first, 5), (CHANGE, 3)]}
    assert found.inflow["units"].to_list() == [2.0]
    assert not found.inflow["is_left_over"].item()  # other cars still take what lies there


def test_a_rate_that_falls_month_by_month_goes_on_falling_at_the_successor():
    april = date(2026, 4, 1)
    falling = pl.DataFrame(
        {"outlet_id": "d", "part_id": "old", "month": [date(2026, 3, 1), april], "units": [4.0, 2.0]},
        schema=dict(SCHEMA),
    )
    found = announce(series(old=3.0), falling, moves(factor=1), as_of=AS_OF)
    first = date(2026, 3, 1)
    assert paths(found.path) == {
        "new": [(first, 0), (CHANGE, 4), (april, 2)], "old": [(first, 4), (CHANGE, 0)],
    }  # fmt: skip


def test_nothing_announced_changes_nothing_and_interchangeable_numbers_wait_for_the_day():
    plain = series(old=5.0)
    group = pl.DataFrame({"outlet_id": ["d"], "part_id": ["new"]})
    for found in (
        announce(plain, NO_PATH, pl.DataFrame(schema=MOVES), as_of=AS_OF),
        announce(plain, NO_PATH, moves(), as_of=AS_OF, apart=group),
    ):
        assert found.series.equals(plain)
        assert found.path.is_empty()
        assert found.inflow.is_empty()


def test_what_is_left_on_the_day_covers_the_successor():
    sized = pl.DataFrame(
        {"outlet_id": "d", "part_id": "old", "position": 9, "rate": 5.0, "rate_steps": None},
        schema_overrides={"rate_steps": pl.List(pl.Struct({"days": pl.Float64, "share": pl.Float64}))},
    )
    inflow = announce(series(old=5.0), NO_PATH, moves(), as_of=AS_OF).inflow
    # 5 x 20 / 30.4375 = 3.29 sell by then; 5.71 are left, worth 11 whole ones of the successor
    assert left_over(sized, inflow, AS_OF)["cover_units"].to_list() == [11]
    at_once = announce(series(old=5.0), NO_PATH, moves(uses_up=False), as_of=AS_OF).inflow
    assert left_over(sized, at_once, AS_OF).is_empty()


def suggested(*, on_hand: int = 0, change: bool = True, lead_days: float = 20.0) -> Suggestions:
    """Five of the old number a month, two of the new for one of it; lead time and a cycle of eleven days."""
    months = pl.date_range(date(2025, 3, 1), date(2026, 2, 1), "1mo", eager=True)
    terms: dict[str, Any] = {
        "lead_time_days": lead_days, "lead_time_sd_days": 0.0, "review_days": 11, "pack_size": 1,
        "minimum_quantity": 1, "service_level": 0.9, "part_state": "active", "is_stocked": True,
        "unit_price_minor": 100, "currency": "AED", "price_missing": False, "criticality": "vital",
        "supplier_outlet_code": "w", "lead_time_observations": 0,
    }  # fmt: skip
    ahead = announce(series(old=5.0), NO_PATH, moves() if change else pl.DataFrame(schema=MOVES), as_of=AS_OF)
    dated = [{"part_id": "old", "change_date": CHANGE, "announced_part_id": "new"}, {"part_id": "new"}]
    told = [{"outlet_id": "d", **terms, **(row if change else {"part_id": row["part_id"]})} for row in dated]
    stock = [
        {"outlet_id": "d", "part_id": part, **dict.fromkeys(STOCK, 0), "on_hand": units}
        for part, units in (("old", on_hand), ("new", 0))
    ]
    demand = pl.DataFrame(
        {
            "outlet_id": "d", "part_id": "old", "demand_month": months, "corrected_units": 5.0,
            "observed_units": 5.0, "superseded_units": 0.0, "demand_lines": 5, "zero_stock_days": 0,
        }
    )  # fmt: skip
    chain = pl.DataFrame(
        schema={"part_id": pl.String, "current_part_id": pl.String, "factor": pl.Float64, "hops": pl.Int64,
                "use_up": pl.String}
    )  # fmt: skip
    return suggest(
        pl.DataFrame(stock), pl.DataFrame(told, infer_schema_length=None), ahead.series, chain, demand,
        as_of=AS_OF, path=ahead.path, inflow=ahead.inflow,
    )  # fmt: skip


def row(made: Suggestions, part: str) -> dict[str, Any]:
    return made.suggestions.filter(part_id=part).row(0, named=True)


def test_the_successor_is_ordered_before_its_day_and_the_old_number_not_beyond_it():
    old, new = row(suggested(lead_days=10.0), "old"), row(suggested(), "new")
    # old: of 21 days the twenty until the change, 3.29 units, three whole ones; new: eleven days
    assert old["risk_mean"] == pytest.approx(5 * 20 / DAYS_PER_MONTH)
    assert (old["full_target"] > 3, old["order_up_to"], old["quantity"]) == (True, 3, 3)
    # what would arrive on the very day is not ordered any more
    assert row(suggested(), "old")["quantity"] == 0
    assert new["risk_mean"] == pytest.approx(10 * 11 / DAYS_PER_MONTH)
    assert new["verdict"] == "suggested"
    assert new["quantity"] == new["order_up_to"] > 3
    assert row(suggested(change=False), "old")["quantity"] > 3
    assert row(suggested(change=False), "new")["verdict"] == "no_forecast"


def test_the_successor_waits_while_orders_still_arrive_in_time():
    # an order of today lasts sixteen days, the day is in twenty
    assert row(suggested(lead_days=5.0), "new")["quantity"] == 0


def test_stock_that_is_left_of_the_old_number_is_used_up_first():
    made = suggested(on_hand=9)
    new = row(made, "new")
    assert (new["interchange_units"], new["quantity"]) == (11, 0)


def test_every_step_of_an_announced_change_is_a_row_and_a_missing_one_is_refused():
    made = suggested()
    assert recompute(made.explain)["quantity"].to_list() == [row(made, "new")["quantity"]]
    own = made.explain.filter(suggestion_id=row(made, "new")["suggestion_id"])
    coming = own.filter(component="announced_demand")
    assert coming.select("source_key", "value", "note").row(0) == (
        "old", 10.0, "asked for from 2026-03-31 on; 2.0 of this for one of it",
    )  # fmt: skip
    steps = own.filter(component="rate_change").select("source_key", "value").rows()
    assert steps == [("0", 0.0), ("20", 1.0)]
    before = suggested(lead_days=10.0)
    ending = before.explain.filter(suggestion_id=row(before, "old")["suggestion_id"])
    assert ending.filter(component="rate_change")["value"].to_list() == [1.0, 0.0]
    limit = ending.filter(component="sell_within_days")
    assert limit["note"].item() == "then new takes its place, on 2026-03-31"
    with pytest.raises(ExplanationError, match="numbers to be replaced are not as many as stated"):
        recompute(made.explain.filter(pl.col("component") != "announced_demand"))


def test_a_group_of_outlets_orders_the_successor_where_it_orders_the_old_number():
    members = pl.DataFrame({"outlet_id": ["d", "e"], "stock_group_id": "g", "ordering_outlet_id": "d"})
    both = pl.concat([series(old=5.0), series(old=1.0).with_columns(outlet_id=pl.lit("e"))])
    nothing = {"position": pl.DataFrame(schema={"outlet_id": pl.String, "part_id": pl.String}
                                        | dict.fromkeys(STOCK, pl.Float64))}  # fmt: skip
    policy = pl.DataFrame(schema={"outlet_id": pl.String, "part_id": pl.String})
    demand = pl.DataFrame(
        schema={"outlet_id": pl.String, "part_id": pl.String, "demand_month": pl.Date}
        | dict.fromkeys(("observed_units", "corrected_units", "demand_lines", "superseded_units",
                         "zero_stock_days"), pl.Float64)
    )  # fmt: skip
    pooled = pool(nothing["position"], policy, both, demand, members)
    found = announce(pooled.series, pooled.path, moves(factor=1), as_of=AS_OF)
    assert found.inflow.select(list(INFLOW)[:3]).rows() == [("d", "new", "old")]
    assert found.inflow["units"].item() == 6.0
