"""The plan grid as an Excel file and back: what was changed, what collides, what cannot be read.

Down: one row per place and series, a column per month, and a hidden sheet with what was seen. Up: every
cell that differs from what was seen is a change; when the plan itself moved meanwhile, it is a conflict and
is left to a person. A file without the hidden sheet is not one of ours.
"""

from __future__ import annotations

import io
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

import fastexcel
import polars as pl
import xlsxwriter

from apps.staging import NOTE_FROM_SHARE

KEYS = ("place", "series")
FENCES = {1: "frozen", 2: "firm"}
GRID, SEEN = "plan", "seen"
SNAPSHOT = "snapshot"
LARGEST = 1_000_000
AGAIN = "download the plan again and fill that in"


class SheetError(ValueError):
    """The file cannot be read as a plan; the message names place, rule and remedy."""


@dataclass(frozen=True, slots=True)
class Cell:
    """One month of a row: what the writer saw, what he wants, what the plan says now."""

    place: str
    series: str
    month: date
    seen: float
    wanted: float
    now: float

    @property
    def is_conflict(self) -> bool:
        return self.seen != self.now


@dataclass(frozen=True, slots=True)
class Upload:
    """changes may be staged; conflicts need a decision; faults are cells that hold no number of cars."""

    changes: tuple[Cell, ...]
    conflicts: tuple[Cell, ...]
    faults: tuple[str, ...]


def write(grid: pl.DataFrame, snapshot_id: str) -> bytes:
    """grid: place, series, one column per month (ISO first day) with whole cars."""
    out = io.BytesIO()
    with xlsxwriter.Workbook(out, {"in_memory": True}) as book:
        for name in (GRID, SEEN):
            sheet = book.add_worksheet(name)
            sheet.write_row(0, 0, grid.columns, book.add_format({"bold": True}))
            for number, row in enumerate(grid.iter_rows(), start=1):
                sheet.write_row(number, 0, row)
            sheet.set_column(0, 0, 28)
            sheet.freeze_panes(1, 2)
        sheet.write_row(grid.height + 1, 0, [SNAPSHOT, snapshot_id])
        sheet.hide()
    return out.getvalue()


def read(content: bytes, now: pl.DataFrame) -> Upload:
    """Compare a file that came back with what it was written from and with the plan of now.

    Raises SheetError when it is no such file, or a row or month is not of the plan any more.
    """
    try:
        book = fastexcel.read_excel(content)
    except fastexcel.FastExcelError as broken:
        raise SheetError(f"the file is no Excel workbook: {AGAIN}") from broken
    if not {GRID, SEEN} <= set(book.sheet_names):
        raise SheetError(f"the file has no hidden sheet 'seen': {AGAIN}")
    wanted, seen, current = _cells(book, GRID), _cells(book, SEEN), _current(now)
    changes, conflicts, faults = [], [], []
    for key, value in wanted.items():
        place, series, month = key
        if key not in seen or key not in current:
            raise SheetError(
                f"{place}, {series}, {month}: not in the plan; keep the rows and months as they were"
            )
        units = _units(value)
        if units is None:
            faults.append(f"{place}, {series}, {month}: {value!r} is no whole number of cars from 0 on")
            continue
        cell = Cell(place, series, date.fromisoformat(month), float(seen[key] or 0), units, current[key])
        if units not in (cell.seen, cell.now):  # untouched, or the plan says so already
            (conflicts if cell.is_conflict else changes).append(cell)
    return Upload(tuple(changes), tuple(conflicts), tuple(faults))


def edits(before: pl.DataFrame, after: pl.DataFrame) -> list[Cell]:
    """What was typed into the grid on the page; an emptied cell is no change."""
    old, new = _current(before), _current(after)
    return [
        Cell(place, series, date.fromisoformat(month), old[key], units, old[key])
        for key, units in new.items()
        for place, series, month in (key,)
        if units == units and units != old[key]
    ]


def override(cell: Cell, homes: Mapping[str, str], author_level: str) -> dict[str, Any]:
    """A changed cell as `forecast_override` takes it, without its reason. homes: region path of a dealer."""
    own = cell.place in homes
    place = (
        {"outlet_code": cell.place, "region_path": homes[cell.place]} if own else {"region_path": cell.place}
    )
    return {
        "subject": "vehicle",
        "series": cell.series,
        "forecast_month": cell.month.isoformat(),
        "value": cell.wanted,
        "baseline": cell.now,
        "author_level": author_level,
        **place,
    }


def fence(when: date, as_of: date) -> str:
    """frozen, firm, or nothing for a month that is free."""
    return FENCES.get((when.year - as_of.year) * 12 + when.month - as_of.month, "")


def fault(staged: Sequence[Cell], *, reason: str | None, note: str, late: str, as_of: date) -> str:
    """What is missing before this may be committed; empty when nothing is. late: why a frozen month moves."""
    if reason is None:
        return "Choose a reason: the changes are judged by it later."
    if not late and any(fence(c.month, as_of) == "frozen" for c in staged):
        return "Write why so late: a change in a frozen month is a late revision with a note of its own."
    large = any(abs(c.wanted - c.now) > NOTE_FROM_SHARE * max(c.now, 1) for c in staged)
    if not note and (large or reason == "other"):
        return f"Write a note: a change moves its cell by over {NOTE_FROM_SHARE:.0%}, or its reason is Other."
    return ""


def _current(grid: pl.DataFrame) -> dict[tuple[str, str, str], float]:
    months = [name for name in grid.columns if name not in KEYS]
    return {
        (row["place"], row["series"], month): float("nan") if row[month] is None else float(row[month])
        for row in grid.iter_rows(named=True)
        for month in months
    }


def _cells(book: fastexcel.ExcelReader, name: str) -> dict[tuple[str, str, str], str | None]:
    frame: pl.DataFrame = book.load_sheet(name, dtypes="string").to_polars()
    if tuple(frame.columns[:2]) != KEYS:
        raise SheetError(f"the first two columns are no longer place and series: {AGAIN}")
    rows = frame.filter(pl.col("place").is_not_null() & (pl.col("place") != SNAPSHOT))
    return {
        (row["place"], row["series"], month): row[month]
        for row in rows.iter_rows(named=True)
        for month in frame.columns[2:]
    }


def _units(value: str | None) -> float | None:
    try:
        units = float(value or "")
    except ValueError:
        return None
    return units if 0 <= units <= LARGEST and units.is_integer() else None
