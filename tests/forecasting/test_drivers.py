"""Promotions and prices: what they did is learnt, taken out of the level, and put where they are planned."""

from __future__ import annotations

from datetime import date

import numpy as np
import polars as pl
import pytest

from forecasting.drivers import driver_block, driver_effects, driver_factor, moved_share
from forecasting.frames import Panel
from forecasting.vehicles import forecast_vehicles

pytestmark = pytest.mark.fast


def test_a_promotion_that_doubles_sales_has_an_effect_of_two() -> None:
    on = np.zeros((1, 36, 30))
    on[0, 5::6] = 1.0
    units = 50.0 * np.where(on[0] > 0, 2.0, 1.0)
    # the ridge weighs 30 cars against thousands: ln 2 but for a hundredth
    assert driver_effects(units, on)[0][0] == pytest.approx(np.log(2), abs=0.02)


def test_few_cars_prove_little() -> None:
    on = np.zeros((1, 36, 1))
    on[0, 20] = 1.0
    units = np.full((36, 1), 1.0)
    units[20] = 3.0
    assert 0 < driver_effects(units, on)[0][0] < 0.2


def test_sales_after_the_origin_teach_nothing() -> None:
    rng = np.random.default_rng(2)
    units, on = rng.poisson(9.0, (36, 5)).astype(float), rng.integers(0, 2, (39, 5)).astype(float)
    later = units.copy()
    later[24:] *= 7
    one, two = (driver_factor(u, {"promotion": on}, learn_until=24) for u in (units, later))
    assert (one == two).all()


def test_rows_land_at_their_month_and_months_ahead_are_known() -> None:
    panel = Panel(pl.DataFrame({"outlet_id": ["a"]}), np.zeros((2, 1)), date(2026, 5, 1))
    rows = pl.DataFrame(
        {"outlet_id": ["a", "a"], "month": [date(2026, 4, 1), date(2026, 6, 1)], "promotion": [0.5, 1.0]}
    )
    assert driver_block(rows, panel, ["outlet_id"], 2)["promotion"].ravel().tolist() == [0.5, 0, 1.0, 0]


def sales_and_promotions(lift: float) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Six outlets over 36 months, 20 cars a month, every fifth month promoted; the next one is month 38."""
    rng = np.random.default_rng(5)
    months = pl.date_range(date(2023, 1, 1), date(2026, 6, 1), "1mo", eager=True).to_list()
    rows, promoted = [], []
    for outlet in "abcdef":
        for i, month in enumerate(months):
            on = i % 5 == 3
            if on:
                promoted.append((outlet, "S", month, 1.0))
            if i < 36:
                rows.append(("AE", "GULF", outlet, "S", month, int(rng.poisson(20 * (lift if on else 1)))))
    head = ["market", "region", "outlet_id", "series", "month", "units"]
    return (
        pl.DataFrame(rows, schema=head, orient="row"),
        pl.DataFrame(promoted, schema=["outlet_id", "series", "month", "promotion"], orient="row"),
    )


def test_a_promotion_to_come_lifts_its_month_alone_and_the_choice_is_kept() -> None:
    sales, promoted = sales_and_promotions(1.8)
    found = forecast_vehicles(sales, horizon=6, drivers=promoted)
    kept = found.signals.row(0, named=True)
    assert kept["is_used"]
    assert kept["loss_with"] < kept["loss_without"]
    assert np.exp(kept["weight"]) == pytest.approx(1.8, abs=0.15)
    lifted = found.moved.filter(pl.col("share") > 0)
    assert set(lifted["month"]) == {date(2026, 3, 1)}
    assert lifted["share"].to_list() == pytest.approx([1 - np.exp(-kept["weight"])] * 6)
    total = found.levels.filter(level="total").sort("month")["mean"].to_list()
    assert total[2] == pytest.approx(6 * 36, rel=0.12)  # January 2026 is month 36; month 38 is promoted
    assert [total[i] for i in (0, 1, 3, 4)] == pytest.approx([120] * 4, rel=0.12)


def test_promotions_that_did_nothing_are_not_used() -> None:
    sales, promoted = sales_and_promotions(1.0)
    found = forecast_vehicles(sales, horizon=6, drivers=promoted)
    assert not found.signals["is_used"].any()
    assert found.monthly.equals(forecast_vehicles(sales, horizon=6).monthly)


def test_orders_in_hand_are_a_signal_of_the_months_ahead() -> None:
    rng = np.random.default_rng(8)
    sales, _ = sales_and_promotions(1.0)
    orders = sales.select(
        "outlet_id", "series", "month", cut_month="month", certain=pl.lit(0.0),
        ordered=pl.Series(rng.binomial(sales["units"].to_numpy(), 0.7)).cast(pl.Float64),
    )  # fmt: skip
    ahead = pl.DataFrame(
        {"outlet_id": list("abcdef"), "series": "S", "month": date(2026, 1, 1), "cut_month": date(2026, 1, 1),
         "certain": 0.0, "ordered": [14.0, 14.0, 14.0, 14.0, 14.0, 26.0]}
    )  # fmt: skip
    found = forecast_vehicles(sales, horizon=6, known=pl.concat([orders, ahead]))
    assert found.signals.filter(step=1)["is_used"].all()
    first = dict(found.monthly.filter(horizon=1).select("outlet_id", "mean").iter_rows())
    assert first["f"] > first["a"] + 8


def stepped_prices(elasticity: float, cars: float) -> tuple[np.ndarray, np.ndarray]:
    """Sales and log price of 40 outlets over three years; prices stay where they were put, twice."""
    price = np.zeros((36, 40))
    for outlet in range(40):
        first, second = 8 + outlet % 5, 22 + outlet % 5
        price[first:, outlet], price[second:, outlet] = 0.09 * (-1) ** outlet, -0.05 * (-1) ** outlet
    units = np.random.default_rng(11).poisson(cars * np.exp(elasticity * price)).astype(float)
    return units, price[None]


def test_a_price_that_stays_where_it_was_put_is_found_with_an_honest_error() -> None:
    effects, errors = driver_effects(*stepped_prices(-2.0, 30.0))
    assert effects[0] == pytest.approx(-2.0, abs=2.5 * errors[0])
    assert errors[0] < 0.3


def test_a_price_without_effect_is_not_believed() -> None:
    effects, errors = driver_effects(*stepped_prices(0.0, 30.0))
    assert abs(effects[0]) < 3 * errors[0]


def test_a_driver_in_other_units_has_the_same_effect_on_sales() -> None:
    units, price = stepped_prices(-2.0, 3.0)
    in_ones, in_percent = driver_effects(units, price)[0], driver_effects(units, price * 100)[0]
    assert in_percent[0] * 100 == pytest.approx(in_ones[0], rel=1e-6)


def test_a_promotion_brings_what_it_lifts_and_a_price_only_where_it_changes() -> None:
    # one series, two known months, two ahead; effect of a promotion log 2, elasticity -2
    block = {
        "promotion_share": np.array([[0.0], [1.0], [1.0], [0.0]]),
        "price_change": np.array([[0.0], [0.1], [0.1], [0.2]]),
    }
    share = moved_share(block, {"promotion_share": np.log(2), "price_change": -2.0}, periods=2)
    assert share[0, 0] == pytest.approx(0.5)  # half of the month is there because of it; the price stands
    assert share[1, 0] == pytest.approx(1 - np.exp(0.2))  # a tenth dearer: a fifth of the rest is gone


def test_signals_that_are_not_used_bring_no_figure_not_even_a_zero() -> None:
    sales, promoted = sales_and_promotions(1.0)
    found = forecast_vehicles(sales, horizon=3, drivers=promoted, textbook=False)
    assert not found.signals["is_used"].any()
    assert found.moved["share"].to_list() == [None] * found.moved.height
