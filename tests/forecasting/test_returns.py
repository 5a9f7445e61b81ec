"""Dead and excess stock and what of it goes back, worked by hand."""

from __future__ import annotations

from datetime import date
from typing import Any

import polars as pl
import pytest

from forecasting.returns import Returns, propose_returns, recompute_returns

pytestmark = pytest.mark.fast
AS_OF = date(2026, 3, 10)


def shelf(part: str = "oil", **known: Any) -> dict[str, Any]:
    return {
        "outlet_id": "AE01", "part_id": part, "on_hand": 30.0, "reserved": 2.0, "order_up_to": 8,
        "year_units": 10.5, "unit_price_minor": 100, "currency": "AED", "is_returnable": True,
        "last_demand_date": date(2026, 1, 1), "protection_days": 90, "return_allowance_permille": 100,
        "supplier_outlet_code": "WH1", **known,
    }  # fmt: skip


def received(part: str = "oil", units: int = 50, day: date = date(2026, 2, 1)) -> dict[str, Any]:
    return {"outlet_id": "AE01", "part_id": part, "received_date": day, "units": units}


def propose(*rows: dict[str, Any], receipts=None, bought: int = 1_000_000, returned: int = 0) -> Returns:
    receipts = [received()] if receipts is None else receipts
    schema = {"outlet_id": pl.String, "part_id": pl.String, "received_date": pl.Date, "units": pl.Int64}
    made = propose_returns(
        pl.DataFrame(list(rows)), pl.DataFrame(list(receipts), schema=schema),
        pl.DataFrame({"outlet_id": ["AE01"], "bought_minor": [bought], "returned_minor": [returned]}),
        as_of=AS_OF,
    )  # fmt: skip
    told = made.returns.filter(pl.col("excess_units") > 0)
    again = recompute_returns(made.explain).sort("suggestion_id")
    assert again.rows() == told.select("return_id", "return_units").sort("return_id").rows()
    return made


def test_excess_is_what_lies_beyond_the_target_and_a_years_demand():
    # 30 - 2 reserved - 11 (10.5 a year, whole) = 17
    row = propose(shelf()).returns.row(0, named=True)
    assert (row["kept_units"], row["excess_units"], row["return_units"]) == (11, 17, 17)
    assert (row["verdict"], row["excess_minor"], row["return_minor"]) == ("return_now", 1700, 1700)
    assert row["protected_until_date"] == date(2026, 5, 2)
    assert row["sentence"] == (
        "30 on hand - 2 reserved - 11 kept for a year or the target = 17 too many; "
        "17 may go back until 2026-05-02."
    )


def test_a_part_nobody_asked_for_in_a_year_is_dead():
    row = propose(shelf(year_units=0.0, order_up_to=0)).returns.row(0, named=True)
    assert (row["is_dead"], row["excess_units"]) == (True, 28)


def test_the_newest_receipts_are_what_still_lies_there_and_only_protected_ones_go_back():
    # 30 there: 6 of February, 24 of the 40 of last year, whose 90 days are over
    old, new = received(units=40, day=date(2025, 6, 1)), received(units=6)
    row = propose(shelf(), receipts=(old, new)).returns.row(0, named=True)
    assert (row["protected_units"], row["return_units"]) == (6, 6)
    row = propose(shelf(), receipts=(old,)).returns.row(0, named=True)
    assert (row["verdict"], row["return_units"]) == ("protection_over", 0)


def test_the_allowance_goes_first_to_what_expires_first():
    # 10 % of 20,000 is 2,000 less 300 returned: 17 of a at 100 = 1,700 leaves nothing for b
    made = propose(
        shelf("b"),
        shelf("a"),
        receipts=(received("b"), received("a", day=date(2026, 1, 1))),
        bought=20_000,
        returned=300,
    )
    a, b = made.returns.to_dicts()
    assert (a["return_units"], a["verdict"]) == (17, "return_now")
    assert (b["return_units"], b["verdict"]) == (0, "over_allowance")


@pytest.mark.parametrize(
    ("known", "verdict"),
    [
        ({"on_hand": 10.0}, "not_excess"),
        ({"is_returnable": False}, "not_returnable"),
        ({"protection_days": None}, "no_return_terms"),
        ({"unit_price_minor": None}, "no_return_terms"),
    ],
)
def test_what_does_not_go_back_says_why(known, verdict):
    row = propose(shelf(**known)).returns.row(0, named=True)
    assert (row["verdict"], row["return_units"]) == (verdict, 0)


def test_no_row_can_be_spared_or_altered():
    steps = propose(shelf()).explain
    for number in steps["step_no"]:
        with pytest.raises(ValueError, match="do not give what it states"):
            recompute_returns(steps.filter(pl.col("step_no") != number))
    with pytest.raises(ValueError, match="do not give what it states"):
        recompute_returns(steps.with_columns(
            value=pl.when(pl.col("component") == "reserved").then(9.0).otherwise("value")
        ))  # fmt: skip
