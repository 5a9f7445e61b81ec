"""Simulated price lists: one follows the other, contracts keep to them, sales answer as the truth says."""

from __future__ import annotations

from datetime import date, timedelta

import numpy as np
import polars as pl
import pytest

from forecasting.drivers import driver_effects
from pipelines.demo.brand import MARKETS, PRICE_ELASTICITY, PROMOTIONS, SERIES
from pipelines.demo.catalogue import open_products
from pipelines.demo.clock import HISTORY_MONTHS, Clock
from pipelines.demo.events import Books
from pipelines.demo.network import SIZES, blocks, build_network
from pipelines.demo.prices import car_minor, price_factors, write_price_lists
from pipelines.demo.sales import draw_sales, expected_retail

pytestmark = pytest.mark.fast
CLOCK = Clock(date(2026, 11, 1))
CODES = [s.code for s in SERIES]


def lists():
    """Opened price lists, the day each was ended for, and those activated, as lines say before the cut."""
    books = Books()
    write_price_lists(books, CLOCK)
    lines = pl.concat([b.lines for b in books.batches(CLOCK.cut)])
    opened = lines.filter(action="open").unnest("data").sort("market", "effective_from_date")
    ended = lines.filter(action="end").select("key", pl.col("data").struct.field("effective_to_date"))
    return opened, dict(ended.iter_rows()), set(lines.filter(action="activate")["key"])


def test_a_list_ends_the_day_before_the_next_one_begins():
    opened, ended, active = lists()
    for _, own in opened.group_by("market", maintain_order=True):
        keys, starts = own["key"].to_list(), own["effective_from_date"].to_list()
        for key, following in zip(keys, starts[1:], strict=False):
            if following < CLOCK.until:
                assert ended[key] == following - timedelta(days=1)
    assert set(opened["key"]) == active


def test_a_change_to_come_is_known_before_it_holds_and_not_in_every_market():
    opened, _, _ = lists()
    ahead = opened.filter(pl.col("effective_from_date") > CLOCK.until)["market"]
    assert 0 < ahead.n_unique() < len(MARKETS)


def test_a_car_costs_what_the_list_in_force_says():
    products = open_products(Books(), CLOCK)
    opened, _, _ = lists()
    day = int(CLOCK.month_starts[20])
    for market in (0, 5):
        row = opened.filter(
            pl.col("market") == MARKETS[market].code, pl.col("effective_from_date") <= CLOCK.month(20)
        ).row(-1, named=True)
        listed = {
            (line["model"], line["variant"].split("-")[1]): line["price_minor"] for line in row["lines"]
        }
        first = products.row(0, named=True)
        paid = car_minor(market, CLOCK, products, np.array([0]), np.array([day]))[0]
        model = next(s.model for s in SERIES if s.code == first["series"])
        assert paid == listed[model, "COMFORT"]


def network_sales(month_of: str):
    """Units, promoted and log price, (months, cells) each, of a network of some hundred outlets."""
    size = SIZES["l"]
    products, columns = open_products(Books(), CLOCK), []
    for number, block in enumerate(blocks(build_network(size, 7), size)):
        expected = expected_retail(block, CLOCK, size.cars_a_month)
        cars = draw_sales(np.random.default_rng([7, number]), block, CLOCK, expected, products, number)
        month = CLOCK.month_of_day(cars[month_of].to_numpy())
        units = np.zeros((HISTORY_MONTHS, len(block), len(SERIES)))
        kept = (month >= 0) & (month < HISTORY_MONTHS)
        at = tuple(cars[c].to_numpy()[kept] for c in ("outlet", "series"))
        np.add.at(units, (month[kept], *at), 1.0)
        price = np.log(price_factors(block[0].market, CLOCK)[:, :HISTORY_MONTHS].T)
        promoted = np.zeros_like(price)
        for code, when, _ in PROMOTIONS:
            if when < HISTORY_MONTHS:
                promoted[when, CODES.index(code)] = 1.0
        shape = units.shape
        columns.append((units, *(np.broadcast_to(x[:, None, :], shape) for x in (promoted, price))))
    return [np.concatenate([c[i].reshape(HISTORY_MONTHS, -1) for c in columns], axis=1) for i in range(3)]


def test_the_elasticity_of_the_truth_is_found_in_contracts():
    units, promoted, price = network_sales("order_day")
    effects, errors = driver_effects(units, np.stack([promoted, price]))
    assert effects[1] == pytest.approx(PRICE_ELASTICITY, abs=0.6)
    assert errors[1] < 0.15


def test_hand_overs_show_less_of_it_because_some_cars_were_ordered_before_the_change():
    units, promoted, price = network_sales("delivered_day")
    effects, errors = driver_effects(units, np.stack([promoted, price]))
    assert PRICE_ELASTICITY < effects[1] < -1.2
    assert effects[1] < -3 * errors[1]
