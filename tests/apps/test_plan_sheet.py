"""The plan as an Excel file and back: changes, conflicts, faults, and files that are not ours."""

from __future__ import annotations

import io
from datetime import date

import polars as pl
import pytest
import xlsxwriter

from apps import plan_sheet
from apps.plan_sheet import SheetError

pytestmark = pytest.mark.fast

JULY, AUGUST = "2026-07-01", "2026-08-01"


def grid(**cells: int) -> pl.DataFrame:
    """Two rows; a cell may be given as a_july=9."""
    value = {"a_july": 5, "a_august": 6, "b_july": 7, "b_august": 8} | cells
    return pl.DataFrame(
        {
            "place": ["MEA/AE", "MEA/SA"],
            "series": ["S", "S"],
            JULY: [value["a_july"], value["b_july"]],
            AUGUST: [value["a_august"], value["b_august"]],
        }
    )


def filled(seen: pl.DataFrame, **cells: object) -> bytes:
    """The file of a plan with cells typed over, by their address."""
    out = io.BytesIO()
    with xlsxwriter.Workbook(out, {"in_memory": True}) as book:
        for name in (plan_sheet.GRID, plan_sheet.SEEN):
            sheet = book.add_worksheet(name)
            for number, row in enumerate([seen.columns, *seen.iter_rows()]):
                sheet.write_row(number, 0, row)
            for address, value in cells.items() if name == plan_sheet.GRID else ():
                sheet.write(address, value)
    return out.getvalue()


def test_a_file_that_comes_back_untouched_changes_nothing():
    found = plan_sheet.read(plan_sheet.write(grid(), "s1"), grid())
    assert (found.changes, found.conflicts, found.faults) == ((), (), ())


def test_a_cell_typed_over_is_a_change_with_what_was_seen():
    found = plan_sheet.read(filled(grid(), C2=9), grid())
    (change,) = found.changes
    assert (change.place, change.series, change.month) == ("MEA/AE", "S", date(2026, 7, 1))
    assert (change.seen, change.wanted, change.now) == (5, 9, 5)


def test_a_plan_that_moved_meanwhile_is_a_conflict_only_where_the_file_says_otherwise():
    file = filled(grid(), C2=9, D2=10)
    found = plan_sheet.read(file, grid(a_july=7, a_august=10, b_july=1))
    assert [(c.month, c.seen, c.now, c.wanted) for c in found.conflicts] == [(date(2026, 7, 1), 5, 7, 9)]
    # August: both came to 10; July of the other row was not touched in the file
    assert found.changes == ()


def test_what_is_no_whole_number_of_cars_is_named_and_the_rest_is_read():
    file = filled(grid(), C2="many", D2=-1, C3=2.5, D3=9)
    found = plan_sheet.read(file, grid())
    assert len(found.faults) == 3
    assert "MEA/AE, S, 2026-07-01: 'many' is no whole number" in found.faults[0]
    assert [c.wanted for c in found.changes] == [9]


def test_a_file_that_is_not_ours_says_what_to_do():
    with pytest.raises(SheetError, match="no Excel workbook: download"):
        plan_sheet.read(b"nonsense", grid())
    out = io.BytesIO()
    with xlsxwriter.Workbook(out) as book:
        book.add_worksheet("other")
    with pytest.raises(SheetError, match="no hidden sheet"):
        plan_sheet.read(out.getvalue(), grid())
    with pytest.raises(SheetError, match="MEA/XX, S, 2026-07-01: not in the plan"):
        plan_sheet.read(filled(grid(), A2="MEA/XX"), grid())


def test_what_is_typed_on_the_page_is_an_edit_and_an_emptied_cell_is_none():
    after = grid(a_july=6).with_columns(pl.Series(AUGUST, [None, 8]))
    (edit,) = plan_sheet.edits(grid(), after)
    assert (edit.place, edit.month, edit.now, edit.wanted) == ("MEA/AE", date(2026, 7, 1), 5, 6)


def test_a_change_in_a_frozen_month_asks_for_a_note_of_its_own():
    as_of = date(2026, 6, 20)

    def missing(month: int, wanted: float, **said: str) -> str:
        cell = plan_sheet.Cell("AE", "S", date(2026, month, 1), 10, wanted, 10)
        given = {"reason": "promotion", "note": "", "late": ""} | said
        return plan_sheet.fault([cell], as_of=as_of, **given)

    assert "why so late" in missing(7, 11)
    assert "why so late" in missing(7, 11, note="a note of another kind")
    assert missing(7, 11, late="ship delayed") == ""
    assert missing(8, 11) == ""
    assert "Write a note" in missing(8, 20)
    assert "Write a note" in missing(8, 11, reason="other")
