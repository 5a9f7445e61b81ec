"""The product tree: brand, series, model, variant; every level adds up, the address says where one is."""

from __future__ import annotations

from datetime import date

import polars as pl
import pytest
from streamlit.testing.v1 import AppTest

from apps import product_tree
from apps.product_tree import Node
from tests.apps.opened import texts

JULY, AUGUST = date(2026, 7, 1), date(2026, 8, 1)
BRANDS = {"S": "Astra", "T": "Astra", "X": "Other"}


def plan(*cells: tuple[str, str, str, date, float]) -> pl.DataFrame:
    names = ["market", "outlet_id", "series", "forecast_month", "units"]
    return pl.DataFrame(cells, schema=names, orient="row")


PLAN = plan(
    ("AE", "a", "S", JULY, 3.0), ("AE", "a", "S", AUGUST, 1.0), ("AE", "b", "S", JULY, 1.0),
    ("SA", "c", "S", JULY, 2.0), ("AE", "a", "T", JULY, 5.0), ("AE", "a", "X", JULY, 7.0),
)  # fmt: skip
SOLD = pl.DataFrame(
    [
        {"market": "AE", "outlet_id": "a", "series": "S", "model": model, "variant": variant, "units": units,
         "is_on_sale": True}
        for model, variant, units in (("Five", "BASE", 4), ("Five", "MID", 2), ("Seven", "TOP", 2))
    ]
)  # fmt: skip


def shown(at: Node, outlets: str) -> list[tuple[str, str, int]]:
    found = product_tree.rows(at, PLAN, SOLD, BRANDS, list(outlets))
    assert [c for c in found.columns if c[:1].isdigit()] == ["2026-07-01", "2026-08-01"]
    assert (found["2026-07-01"] + found["2026-08-01"]).equals(found["ahead"].rename("2026-07-01"))
    return list(found.select("level", "name", "ahead").iter_rows())


@pytest.mark.fast
def test_each_level_adds_up_to_the_one_above_from_variant_to_brand():
    rows = shown(Node("Astra", "S", ("S",), "Five"), "ab")
    by_level = {level: {n: u for lv, n, u in rows if lv == level} for level in product_tree.LEVELS}
    assert by_level["brand"] == {"Astra": 10, "Other": 7}
    assert by_level["series"] == {"S": 5, "T": 5}
    assert sum(by_level["model"].values()) == by_level["series"]["S"]
    assert sum(by_level["variant"].values()) == by_level["model"]["Five"]
    # of five cars at 4 : 2 : 2: a, July 3 -> BASE, MID, TOP or in that spirit; all five 2.5, 1.25, 1.25
    assert by_level["model"] == {"Five": 4, "Seven": 1}


@pytest.mark.fast
def test_a_market_that_sold_none_is_told_apart_and_still_adds_up():
    rows = shown(Node("Astra", "S", ("S",), ""), "abc")
    models = {name: units for level, name, units in rows if level == "model"}
    assert models == {"Five": 4, "Seven": 1, product_tree.UNSPLIT: 2}
    assert [name for level, name, _ in rows if level == "variant"] == []  # no model is open


@pytest.mark.fast
def test_an_outlet_by_itself_shows_what_it_shows_inside_its_market():
    # one car each at 2 : 1 : 1: the market owes BASE first, MID to the second outlet, TOP to the third
    one_each = plan(*(("AE", outlet, "S", JULY, 1.0) for outlet in "abc"))
    at = Node("Astra", "S", ("S",), "Five")

    def variants(outlets: str) -> dict[str, int]:
        found = product_tree.rows(at, one_each, SOLD, BRANDS, list(outlets)).filter(level="variant")
        return dict(found.select("name", "ahead").iter_rows())

    assert variants("abc") == {"BASE": 1, "MID": 1}  # TOP is of the other model
    assert variants("b") == {"BASE": 0, "MID": 1}


@pytest.mark.fast
def test_of_a_brand_only_series_are_shown_and_what_no_product_has_is_of_no_brand_yet():
    rows = shown(Node("Astra", "S", ("S", "T"), ""), "abc")
    assert [(level, name) for level, name, _ in rows] == [
        ("brand", "Astra"), ("series", "S"), ("series", "T"), ("brand", "Other"),
    ]  # fmt: skip
    products = pl.DataFrame({"series": ["S"], "brand": ["Astra"]})
    assert product_tree.brands_of(products, ["S", "NOVA"]) == {"S": "Astra", "NOVA": "No brand yet"}


CELL = {"cell": "MEA/GULF/AE", "series": "DELTA"}


def tree(app: AppTest) -> pl.DataFrame:
    (found,) = (d.value for d in app.dataframe if "product" in d.value.columns)
    return pl.from_pandas(found)


@pytest.mark.db
def test_the_page_shows_the_tree_below_the_grid_and_says_that_variants_are_a_split(page):
    rows = tree(page("paula", "forecast_review", **CELL, model="DELTA Five"))
    indented = [(name.count(product_tree.INDENT), name.strip()) for name in rows["product"]]
    assert indented == [
        (0, "Astra"), (1, "BOREAL"), (1, "CIRRUS"), (1, "DELTA"), (2, "DELTA Five"), (3, "DELTA-BASE"),
        (2, "DELTA Seven"),
    ]  # fmt: skip
    app = page("paula", "forecast_review", **CELL)
    assert "models and variants are a split" in texts(app)


@pytest.mark.db
def test_a_brand_in_the_address_is_charted_whole_and_overridden_by_series_only(page):
    app = page("paula", "forecast_review", **CELL, brand="Astra")
    assert "#### Astra" in texts(app)
    assert "Events, outliers and overrides are of one series" in texts(app)
    assert not {"event", "outlier", "o_stage"} & {b.key for b in app.button}
    sum_of = page("paula", "forecast_review", **CELL)
    whole, one = (pl.from_pandas(a.table[0].value) for a in (app, sum_of))
    assert whole.columns == one.columns
