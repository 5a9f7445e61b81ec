"""A rate that changes ahead: shares by hand, spans against a slow sum over days, an order that reads them."""

from datetime import date

import numpy as np
import polars as pl
import pytest

from forecasting.distribution import sum_variance
from forecasting.explain import recompute
from forecasting.rate_path import LIST, SCHEMA, months_worth, steps_of, with_steps
from forecasting.replenishment import suggest

pytestmark = pytest.mark.fast

PAIR = {"outlet_id": ["d"], "part_id": ["p"]}
AS_OF = date(2026, 3, 11)
DAYS = 30.4375


def path(*units: float) -> pl.DataFrame:
    months = [date(2026, 3 + n, 1) for n in range(len(units))]
    return pl.DataFrame(
        {"outlet_id": "d", "part_id": "p", "month": months, "units": units}, schema=dict(SCHEMA)
    )


def series(mean: float) -> pl.DataFrame:
    return pl.DataFrame({**PAIR, "mean_units_per_month": [mean]})


def test_the_running_month_begins_today_and_shares_are_of_the_series_rate():
    # 4, 2, 0 around 2: from today twice the rate, from day 21 (1 April) the rate, from 51 on nothing
    found = with_steps(series(2.0), path(4, 2, 0), AS_OF)["rate_steps"].to_list()
    assert found == [[{"days": 0, "share": 2}, {"days": 21, "share": 1}, {"days": 51, "share": 0}]]


def test_a_series_without_a_path_or_without_a_rate_has_no_steps():
    assert with_steps(series(2.0), None, AS_OF)["rate_steps"].to_list() == [None]
    assert with_steps(series(0.0), path(0, 0), AS_OF)["rate_steps"].to_list() == [None]


def test_a_span_is_worth_what_its_days_add_up_to():
    steps = pl.Series(
        [[{"days": 0.0, "share": 2.0}, {"days": 21.0, "share": 1.0}, {"days": 51.0, "share": 0.5}], None],
        dtype=LIST,
    )
    spans = np.array([[0.0, 10.0, 30.0, 80.0]] * 2)
    got = months_worth(steps_of(steps), spans, np.full(2, DAYS))
    # the slow way: one day after the other
    daily = [2.0] * 21 + [1.0] * 30 + [0.5] * 29
    slow = [sum(daily[: int(n)]) / DAYS for n in spans[0]]
    square = [sum(d**2 for d in daily[: int(n)]) / DAYS for n in spans[0]]
    assert got[0].tolist() == [pytest.approx(slow), pytest.approx((spans[1] / DAYS).tolist())]
    assert got[1].tolist() == [pytest.approx(square), pytest.approx((spans[1] / DAYS).tolist())]


def test_a_level_error_is_shared_by_two_months_as_far_as_each_sells():
    # mean 10, months of 1 and a half: 2 x 10 x 15 for the months, .04 x 100 x 2 x (1 x .5) for the pair
    assert sum_variance(10.0, 2.0, 1.5, level_cv2=0.04, squares=1.25) == pytest.approx(300 / 10 + 4.0)
    assert sum_variance(10.0, 2.0, 3.0, level_cv2=0.04) == pytest.approx(60 + 0.04 * 100 * 6)


def ordered(*units: float) -> tuple[dict[str, object], pl.DataFrame]:
    """One part, 60 units in a year, lead time 20 days and a cycle of 11: 31 days to cover."""
    months = pl.date_range(date(2025, 3, 1), date(2026, 2, 1), "1mo", eager=True)
    stock = ("on_hand", "reserved", "on_order", "in_transit", "backordered", "predecessor_on_hand",
             "booked_units")  # fmt: skip
    made = suggest(
        pl.DataFrame({**PAIR, **{name: [0] for name in stock}}),
        pl.DataFrame(
            {
                **PAIR, "lead_time_days": [20.0], "lead_time_sd_days": [0.0], "review_days": [11],
                "pack_size": [1], "minimum_quantity": [1], "service_level": [0.9], "part_state": ["active"],
                "is_stocked": [True], "unit_price_minor": [100], "currency": ["AED"],
                "price_missing": [False], "criticality": ["vital"], "supplier_outlet_code": ["w"],
                "lead_time_observations": [0],
            }
        ),
        pl.DataFrame(
            {
                **PAIR, "demand_class": ["dying"], "method": ["fading"], "alpha": [None],
                "mean_units_per_month": [5.0], "dispersion": [1.0], "level_cv2": [0.0],
            },
            schema_overrides={"alpha": pl.Float64},
        ),
        pl.DataFrame(
            {"part_id": ["p"], "current_part_id": ["p"], "factor": [1.0], "hops": [0], "use_up": [None]},
            schema_overrides={"use_up": pl.String},
        ),
        pl.DataFrame(
            {
                "outlet_id": "d", "part_id": "p", "demand_month": months, "observed_units": 5.0,
                "corrected_units": 5.0, "demand_lines": 1, "superseded_units": 0.0, "zero_stock_days": 0,
            }
        ),
        as_of=AS_OF,
        path=path(*units) if units else None,
    )  # fmt: skip
    return made.suggestions.row(0, named=True), made.explain


def test_an_order_covers_what_the_months_ahead_ask_for_and_not_the_mean():
    flat, _ = ordered()
    falling, steps = ordered(9, 5, 1)
    # 21 days of March at 9 and 10 of April at 5, a month being 30.4375 days
    expected = (21 * 9 + 10 * 5) / DAYS
    assert flat["risk_mean"] == pytest.approx(31 * 5 / DAYS)
    assert falling["risk_mean"] == pytest.approx(expected)
    assert falling["mean_units_per_month"] == pytest.approx(expected / 31 * DAYS)
    assert falling["order_up_to"] > flat["order_up_to"]
    assert str(falling["sentence"]).startswith("Sells 0.3 a day: 7.9 in 20-day lead + 11-day cycle")
    months = steps.filter(component="rate_change").select("source_key", "value", "note").rows()
    assert months == [
        ("0", 1.8, "9.0 units a month from 2026-03-11 on"),
        ("21", 1.0, "5.0 units a month from 2026-04-01 on"),
        ("51", 0.2, "1.0 units a month from 2026-05-01 on"),
    ]


def test_the_steps_of_an_order_give_its_quantity_again_and_a_lost_month_is_found():
    line, steps = ordered(9, 5, 1)
    assert recompute(steps)["quantity"].to_list() == [line["quantity"]]
    with pytest.raises(ValueError, match="changes of the rate are not as many as stated"):
        recompute(steps.filter((pl.col("component") != "rate_change") | (pl.col("source_key") != "21")))


def test_a_rate_that_only_begins_later_orders_nothing_before_it_is_needed():
    line, _ = ordered(0, 0, 15)
    assert (line["verdict"], line["quantity"], line["risk_mean"]) == ("enough_stock", 0, 0.0)


def test_steps_more_than_a_hundred_days_ahead_stand_in_the_order_of_their_days_and_are_read_in_it():
    line, steps = ordered(9, 5, 1, 2, 3, 4)
    days = steps.filter(component="rate_change").sort("step_no")["source_key"].to_list()
    assert days == ["0", "21", "51", "82", "112", "143"]
    shuffled = steps.sample(fraction=1, shuffle=True, seed=1)
    assert recompute(shuffled)["quantity"].to_list() == [line["quantity"]]
