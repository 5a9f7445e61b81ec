"""Items alike as the forecast review shows them."""

from __future__ import annotations

import polars as pl
import pytest

from apps import similar_items
from tests.apps.opened import texts


@pytest.mark.fast
def test_rows_are_placed_at_the_level_of_the_cell_in_view():
    rows = pl.DataFrame({"outlet_id": ["A", "B"], "region_path": ["MEA/GULF/AE", "LATAM"]})

    def places(cover: str, *, is_outlet: bool) -> list[str]:
        return similar_items.placed(rows, cover, is_outlet=is_outlet)["place"].to_list()

    assert places("B", is_outlet=True) == ["A", "B"]
    assert places("MEA", is_outlet=False) == ["MEA", "LATAM"]
    assert places("MEA/GULF", is_outlet=False) == ["MEA/GULF"]


@pytest.mark.fast
def test_the_item_in_view_stands_first_and_what_is_not_known_is_a_dash():
    items = pl.DataFrame({"place": ["AE", "SA"], "series": ["S", "S"], "score": [None, 0.66]})
    found = pl.DataFrame(
        {
            "place": ["SA", "AE"], "series": ["S", "S"], "level": [3.25, 5.0], "growth": [None, 0.25],
            "expected": [-0.1, 0.2], "error": [0.3, None], "bias": [-0.3, None],
        }
    )  # fmt: skip
    first, second = similar_items.written(items, found, {"AE": "Emirates"}).rows()
    assert first == ("Emirates, S", "this one", "5.0", "+25 %", "+20 %", "–", "–")
    assert second == ("SA, S", "66 %", "3.2", "–", "−10 %", "30 %", "−30 %")


@pytest.mark.db
@pytest.mark.parametrize("cell", ["AE02", "MEA/GULF/AE"])
def test_the_review_concludes_from_items_alike(page, cell: str):
    app = page("paula", "forecast_review", cell=cell, series="DELTA")
    assert not app.exception
    told = texts(app)
    assert "on last year, items alike" in told
    listed = [table.value for table in app.table if "Alike" in table.value.columns]
    assert listed[0]["Alike"].to_list()[0] == "this one"
    assert len(listed[0]) > 2
