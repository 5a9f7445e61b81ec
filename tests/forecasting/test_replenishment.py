"""Suggested quantities, worked by hand; each test states a rule a parts manager would check."""

from __future__ import annotations

import math
from datetime import date
from typing import Any

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from forecasting.replenishment import COLUMNS, ReplenishmentError, Suggestions, Verdict, suggest

pytestmark = pytest.mark.fast
AS_OF = date(2026, 3, 10)


def position(part: str = "oil", **known: Any) -> dict[str, Any]:
    row = dict.fromkeys(("on_hand", "reserved", "on_order", "in_transit", "backordered", "booked_units"), 0.0)
    return {
        "outlet_id": "AE01",
        "part_id": part,
        "predecessor_on_hand": 0.0,
        **row,
        **{c: float(v) if v is not None else v for c, v in known.items()},
    }


def policy(part: str = "oil", **known: Any) -> dict[str, Any]:
    return {
        "outlet_id": "AE01",
        "part_id": part,
        "lead_time_days": 10.0,
        "lead_time_sd_days": 0.0,
        "lead_time_observations": 6,
        "review_days": 7,
        "pack_size": 1,
        "minimum_quantity": 1,
        "service_level": 0.95,
        "unit_price_minor": 250,
        "currency": "AED",
        "price_missing": False,
        "supplier_outlet_code": "WH1",
        "part_state": "active",
        "is_stocked": True,
        "is_kit": False,
        **known,
    }


def series(part: str = "oil", rate: float | None = 30.4375, **known: Any) -> dict[str, Any]:
    return {
        "outlet_id": "AE01",
        "part_id": part,
        "demand_class": "smooth",
        "method": "sba",
        "alpha": 0.1,
        "mean_units_per_month": rate,
        "dispersion": 1.0,
        "level_cv2": 0.0,
        **known,
    }


def months(part: str = "oil", *units: float, **known: Any) -> list[dict[str, Any]]:
    """The months before March 2026, the last one given being February."""
    asked = []
    for back, value in enumerate(reversed(units), start=1):
        month = date(2026, 3, 1).toordinal() - 1
        for _ in range(back - 1):
            month = date.fromordinal(month).replace(day=1).toordinal() - 1
        asked.append(
            {
                "outlet_id": "AE01",
                "part_id": part,
                "demand_month": date.fromordinal(month).replace(day=1),
                "observed_units": value,
                "corrected_units": float(value),
                "demand_lines": 1,
                "zero_stock_days": 0,
                "superseded_units": 0,
                **known,
            }
        )
    return asked


CHAIN = {
    "part_id": pl.String,
    "hops": pl.Int64,
    "current_part_id": pl.String,
    "factor": pl.Float64,
    "use_up": pl.String,
}
DEMAND = pl.DataFrame(months("x", 1)).schema


def run(*, positions=(), policies=(), rates=(), chain=(), demand=(), as_of: date = AS_OF) -> Suggestions:
    return suggest(
        pl.DataFrame(list(positions), schema=pl.DataFrame([position()]).schema),
        pl.DataFrame(list(policies), schema=pl.DataFrame([policy()]).schema),
        pl.DataFrame(list(rates), schema=pl.DataFrame([series()]).schema),
        pl.DataFrame(list(chain), schema=CHAIN, orient="row"),
        pl.DataFrame(list(demand), schema=DEMAND),
        as_of=as_of,
    )


def one(*, stock=None, terms=None, rate=None, demand=(), chain=(), part="oil") -> dict[str, Any]:
    out = run(
        positions=[position(**(stock or {}))],
        policies=[policy(**(terms or {}))],
        rates=[series(**(rate or {}))],
        demand=demand,
        chain=chain,
    )
    return out.suggestions.filter(pl.col("part_id") == part).row(0, named=True)


def test_the_target_covers_lead_time_and_review_with_the_service_level():
    # 1 a day x (10 + 7) days = 17; Poisson(17): P(<=23) = 0.937, P(<=24) = 0.9594 -> 24; need 24 - 4
    got = one(stock={"on_hand": 4})
    assert (got["risk_days"], got["order_up_to"], got["quantity"], got["verdict"]) == (
        17,
        24,
        20,
        "suggested",
    )
    assert got["risk_mean"] == pytest.approx(17)
    assert got["line_total_minor"] == 20 * 250
    assert (got["days_of_cover_before"], got["days_of_cover_after"]) == (4.0, 24.0)


def test_an_uncertain_lead_time_and_bursty_demand_widen_the_spread():
    # variance = 1.5 x 17 + (1 a day x 3 days)^2 = 34.5
    got = one(terms={"lead_time_sd_days": 3.0}, rate={"dispersion": 1.5})
    assert got["risk_variance"] == pytest.approx(34.5)
    assert got["order_up_to"] > 24


def test_position_is_on_hand_and_coming_less_promised():
    # 9 + 5 + 2 + 1 (1.5 whole) - 3 - 2 = 12
    got = one(
        stock={
            "on_hand": 9,
            "on_order": 5,
            "in_transit": 2,
            "predecessor_on_hand": 1.5,
            "reserved": 3,
            "backordered": 2,
        }
    )
    assert (got["position"], got["quantity"]) == (12, 12)


def test_a_fraction_of_a_converted_unit_is_not_there_but_is_owed():
    # 2.5 old units there count 2, 2.5 reserved count 3
    got = one(stock={"on_order": 2.5, "reserved": 2.5})
    assert (got["on_order"], got["reserved"], got["position"]) == (2, 3, -1)


def test_a_confirmed_order_lowers_the_next_proposal_to_nothing():
    first = one(stock={"on_hand": 4})
    second = one(stock={"on_hand": 4, "on_order": first["quantity"]})
    assert (second["quantity"], second["verdict"]) == (0, "enough_stock")


def test_what_was_suggested_and_ordered_is_not_suggested_again():
    # whatever the pack and the minimum: the order placed stands in the position of the next run
    for terms in ({}, {"pack_size": 7}, {"minimum_quantity": 60}, {"lead_time_days": 45.0, "pack_size": 12}):
        first = one(stock={"on_hand": 2, "reserved": 1, "backordered": 3}, terms=terms)
        assert first["quantity"] > 0
        stock = {"on_hand": 2, "reserved": 1, "backordered": 3, "on_order": first["quantity"]}
        again = one(stock=stock, terms=terms)
        assert (again["quantity"], again["verdict"]) == (0, "enough_stock")


def test_a_wanted_fill_is_met_by_its_calibrated_chance_and_the_rows_say_which():
    # class A fills 0.95 at a chance of 0.98, and Poisson(17) <= 26 is 0.985, <= 25 is 0.975: 26, not 24
    calibration = pl.DataFrame({
        "abc_class": ["A", "A"], "cycle_chance": [0.9, 0.98], "fill": [0.8, 0.95],
        "units_asked": [5000.0, 5000.0], "days": [150, 150],
    })  # fmt: skip
    made = suggest(
        pl.DataFrame([position(on_hand=0)]),
        pl.DataFrame([policy(abc_class="A", criticality="vital")]),
        pl.DataFrame([series()]),
        pl.DataFrame(schema=CHAIN),
        pl.DataFrame(schema=DEMAND),
        as_of=AS_OF,
        calibration=calibration,
    )
    got = made.suggestions.row(0, named=True)
    assert (got["service_level"], got["cycle_chance"], got["order_up_to"]) == (0.95, 0.98, 26)
    row = made.explain.filter(component="cycle_chance").row(0, named=True)
    assert (row["value"], row["source_key"]) == (0.98, "A/vital")
    assert row["note"].startswith("class A filled 95.0% at this chance when 150 days")


def test_the_minimum_never_creates_an_order_where_nothing_is_needed():
    got = one(stock={"on_hand": 24}, terms={"minimum_quantity": 50})
    assert (got["quantity"], got["verdict"]) == (0, "enough_stock")


def test_minimum_first_then_whole_packs_and_the_sentence_says_so():
    # need 24 - 23 = 1; minimum 10; packs of 4 -> 12
    got = one(stock={"on_hand": 23}, terms={"minimum_quantity": 10, "pack_size": 4})
    assert got["quantity"] == 12
    assert got["sentence"].endswith("need 1; minimum 10; pack of 4 -> 12.")


def test_the_sentence_adds_up():
    # 0.8 a day x 12 days = 9.6; variance 1 x 9.6; Poisson 90 % -> 14; 3 + 2 - 1 = 4; 10 -> 3 packs of 4
    got = one(
        stock={"on_hand": 3, "on_order": 2, "reserved": 1},
        rate={"rate": 24.35},
        terms={"lead_time_days": 5.0, "service_level": 0.9, "pack_size": 4},
    )
    assert got["sentence"] == (
        "Sells 0.8 a day: 9.6 in 5-day lead + 7-day cycle + safety 4.4 = target 14; "
        "have 3 on hand + 2 on order - 1 reserved = 4; need 10; pack of 4 -> 12."
    )


def test_bookings_add_only_what_exceeds_the_forecast_of_the_lead_time():
    # 10 expected in the lead time: 10 booked add nothing, 13 booked add 3
    assert one(stock={"booked_units": 10})["order_up_to"] == 24
    got = one(stock={"booked_units": 13})
    assert (got["order_up_to"], got["risk_mean"]) == (27, pytest.approx(20))
    assert "+ 3 booked beyond that" in got["sentence"]


def test_a_forecast_of_zero_with_a_booking_explains_its_quantity():
    got = one(stock={"booked_units": 2}, rate={"rate": 0.0})
    assert (got["quantity"], got["verdict"]) == (2, "suggested")
    assert "Sells 0.0 a month: 0.0 in 10-day lead + 7-day cycle + 2 booked" in got["sentence"]


def test_a_replaced_number_is_never_ordered_and_names_its_successor():
    chain = [("old", 1, "oil", 2.0, "use_up_first"), ("oil", 0, "oil", 1.0, None)]
    old = one(stock={"on_hand": 0}, chain=chain, part="old")
    assert (old["verdict"], old["quantity"]) == ("superseded", 0)
    assert "Replaced by oil" in old["sentence"]
    assert one(chain=chain)["quantity"] == 24


@pytest.mark.parametrize(
    ("terms", "rate", "verdict"),
    [
        ({"part_state": "obsolete"}, {}, "obsolete"),
        ({"part_state": "planned"}, {}, "not_released"),
        ({"is_kit": True}, {}, "kit"),
        ({"lead_time_days": None}, {}, "no_policy"),
        ({"service_level": 1.0}, {}, "no_policy"),
        ({"part_state": "run_out"}, {}, "run_out"),
        ({"is_stocked": False}, {}, "not_stocked"),
        ({}, {"rate": None}, "no_forecast"),
        ({}, {"rate": float("nan")}, "no_forecast"),
        ({}, {"rate": 0.0}, "no_demand"),
    ],
)
def test_what_is_not_ordered_says_why(terms, rate, verdict):
    got = one(terms=terms, rate=rate)
    assert (got["verdict"], got["quantity"], got["line_total_minor"]) == (verdict, 0, None)
    assert got["sentence"].endswith(".")


@pytest.mark.parametrize("terms", [{"part_state": "run_out"}, {"is_stocked": False}])
def test_a_part_not_ordered_ahead_is_still_ordered_for_who_is_waiting(terms):
    got = one(stock={"backordered": 2, "booked_units": 1}, terms=terms)
    assert (got["order_up_to"], got["quantity"], got["verdict"]) == (1, 3, "suggested")
    assert "known need only" in got["sentence"]


def test_a_missing_price_blocks_its_own_line_and_no_other():
    out = run(
        positions=[position("a"), position("b")],
        rates=[series("a"), series("b")],
        policies=[policy("a", price_missing=True, unit_price_minor=None), policy("b")],
    )
    a, b = out.suggestions.to_dicts()
    assert (a["verdict"], a["quantity"], a["line_total_minor"]) == ("price_missing", 24, None)
    assert (b["verdict"], b["quantity"]) == ("suggested", 24)


def test_every_pair_that_position_or_policy_knows_has_one_row_and_a_verdict():
    out = run(
        positions=[position("only_stock")], policies=[policy("only_policy")], rates=[series("only_policy")]
    )
    got = {r["part_id"]: r["verdict"] for r in out.suggestions.to_dicts()}
    assert got == {"only_policy": "suggested", "only_stock": "no_policy"}
    assert out.suggestions.columns == COLUMNS


def test_equal_content_has_an_equal_id_and_any_change_of_it_another():
    base = one(stock={"on_hand": 4})["suggestion_id"]
    assert base == one(stock={"on_hand": 3, "on_order": 1})["suggestion_id"]
    assert base != one(stock={"on_hand": 5})["suggestion_id"]
    later = run(
        positions=[position(on_hand=4)], policies=[policy()], rates=[series()], as_of=date(2026, 3, 11)
    )
    assert base != later.suggestions["suggestion_id"].item()


def test_no_input_gives_empty_tables_with_their_columns():
    out = run()
    assert out.suggestions.is_empty()
    assert out.suggestions.columns == COLUMNS
    assert out.explain.is_empty()


def test_unknown_stock_is_refused_and_not_read_as_none():
    with pytest.raises(ReplenishmentError, match=r"position .*oil.*: on_hand is null"):
        run(positions=[position(on_hand=None)], policies=[policy()])


def test_a_pair_twice_is_refused():
    with pytest.raises(ReplenishmentError, match="policy has two rows"):
        run(policies=[policy(), policy()])


def slow_quantity(stock: dict[str, int], terms: dict[str, Any], rate: float, dispersion: float) -> int:
    """The rule again in plain Python: probabilities added up one unit at a time."""
    late = (rate * terms["lead_time_sd_days"] / 30.4375) ** 2
    lead = rate * terms["lead_time_days"] / 30.4375
    mean = rate * (terms["lead_time_days"] + terms["review_days"]) / 30.4375
    law, before = (mean, dispersion * mean + late), (lead, dispersion * lead + late)
    target, through, until = 0, chance_of(0, *law), chance_of(0, *before)
    while mean > 0 and through < terms["service_level"] * until:
        target += 1
        through += chance_of(target, *law)
        until += chance_of(target, *before)
    booked = stock["booked_units"] - rate * terms["lead_time_days"] / 30.4375
    target += max(0, math.ceil(round(booked, 9)))
    have = (
        stock["on_hand"] + stock["on_order"] + stock["in_transit"] - stock["reserved"] - stock["backordered"]
    )
    need = target - have
    if need <= 0:
        return 0
    return math.ceil(max(need, terms["minimum_quantity"]) / terms["pack_size"]) * terms["pack_size"]


def chance_of(k: int, mean: float, variance: float) -> float:
    if mean == 0:
        return float(k == 0)
    if variance <= mean * (1 + 1e-9):
        return math.exp(k * math.log(mean) - mean - math.lgamma(k + 1))
    r, p = mean**2 / (variance - mean), mean / variance
    ways = math.lgamma(k + r) - math.lgamma(r) - math.lgamma(k + 1)
    return math.exp(ways + r * math.log(p) + k * math.log(1 - p))


STOCKS = st.fixed_dictionaries(
    {
        c: st.integers(0, 40)
        for c in ("on_hand", "reserved", "on_order", "in_transit", "backordered", "booked_units")
    }
)
TERMS = st.fixed_dictionaries(
    {
        "lead_time_days": st.integers(0, 120).map(float),
        "lead_time_sd_days": st.sampled_from([0.0, 1.5, 9.0]),
        "review_days": st.integers(1, 30),
        "pack_size": st.integers(1, 12),
        "minimum_quantity": st.integers(1, 30),
        "service_level": st.sampled_from([0.8, 0.9, 0.95, 0.99]),
    }
)


@settings(max_examples=60, deadline=None)
@given(STOCKS, TERMS, st.sampled_from([0.0, 0.07, 0.4, 3.3, 21.7]), st.sampled_from([1.0, 1.3, 4.0]))
def test_the_slow_way_gives_the_same_and_the_bounds_hold(stock, terms, rate, dispersion):
    got = one(stock=stock, terms=terms, rate={"rate": rate, "dispersion": dispersion})
    assert got["quantity"] == slow_quantity(stock, terms, rate, dispersion)
    assert got["quantity"] % terms["pack_size"] == 0
    assert got["quantity"] == 0 or got["quantity"] >= terms["minimum_quantity"]
    assert (got["quantity"] == 0) == (got["position"] >= got["order_up_to"])
    more = one(
        stock={**stock, "on_hand": stock["on_hand"] + 1},
        terms=terms,
        rate={"rate": rate, "dispersion": dispersion},
    )
    assert more["quantity"] <= got["quantity"]


def test_precedence_of_verdicts_is_the_declared_order():
    assert [v.value for v in Verdict][:3] == ["superseded", "obsolete", "not_released"]
    assert one(terms={"part_state": "obsolete", "lead_time_days": None})["verdict"] == "obsolete"
