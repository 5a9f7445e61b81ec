"""The plan step by step: naive, statistical, dealer, region, headquarters, final.

In: baseline cells and the changes that hold. Out: each cell's units after every step, and what each change
did to each cell, so that both can be judged later. At a step the latest change that covers a cell holds it.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from typing import Any

import numpy as np
import polars as pl
from numpy.typing import NDArray

from forecasting.spread import Flags, Floats, Mode, Spread, allocate

Rows = NDArray[np.int64]  # numbers of cells

AUTHOR_LEVELS = ("dealer", "region", "hq")  # in the order in which they act
STEPS = ("naive", "statistical", *AUTHOR_LEVELS, "final")
CELL = ("subject", "outlet_id", "item", "forecast_month")
STEP_SCHEMA = pl.Schema(
    {
        "subject": pl.String(), "outlet_id": pl.String(), "market": pl.String(), "region_path": pl.String(),
        "item": pl.String(), "forecast_month": pl.Date(), **{step: pl.Float64() for step in STEPS},
    }
)  # fmt: skip
EFFECT_SCHEMA = pl.Schema(
    {
        "plan_change_id": pl.String(), "outlet_id": pl.String(), "item": pl.String(),
        "forecast_month": pl.Date(), "before_units": pl.Float64(), "after_units": pl.Float64(),
    }
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Plan:
    """steps: one row per cell, a column per step. effects: one row per change and cell it holds."""

    steps: pl.DataFrame
    effects: pl.DataFrame


def holding(changes: pl.DataFrame, day: date) -> pl.DataFrame:
    """The changes that hold on a day, as they were then: applied, not withdrawn, not fallen away.

    changes: fct_plan_change, one row per version. A change written later than the day is not known yet.
    """
    known = changes.filter(pl.col("valid_from_date") <= day)
    latest = known.sort("plan_change_id", "version").unique(
        "plan_change_id", keep="last", maintain_order=True
    )
    held = latest.filter(
        pl.col("counts") & (pl.col("expires_date").is_null() | (pl.col("expires_date") > day))
    )
    return pl.concat([held.filter(pl.col("variant").is_null()), _summed(held)]).sort("plan_change_id")


def _summed(held: pl.DataFrame) -> pl.DataFrame:
    """What is planned by variant as one change of the series; a plan of the series itself goes before it."""
    deep = held.filter(pl.col("variant").is_not_null())
    at = ["subject", "outlet_id", "item", "forecast_month", "author_level", "priority"]
    summed = (
        deep.sort("plan_change_id")
        .group_by(at, maintain_order=True)
        .agg(pl.exclude("value").first(), pl.col("value").sum())
    )
    whole = held.filter(pl.col("variant").is_null())
    return summed.join(whole, on=at, how="anti").select(held.columns)


def plan_steps(cells: pl.DataFrame, changes: pl.DataFrame) -> Plan:
    """Apply `changes` (as `holding` gives them) to `cells`.

    cells: subject, outlet_id, market, region_path, item, forecast_month, naive, mean, units (whole; null
    where units are not whole), last_year. A change without outlet covers a region, without item every item.
    """
    book = _Book(cells.sort(CELL))
    columns = {"naive": cells.sort(CELL)["naive"].to_numpy(), "statistical": book.units.copy()}
    effects = []
    for level in AUTHOR_LEVELS:
        effects += list(book.apply(changes.filter(pl.col("author_level") == level)))
        columns[level] = book.units.copy()
    columns["final"] = book.units
    steps = book.cells.select(STEP_SCHEMA.names()[:6]).with_columns(
        **{name: pl.Series(values, dtype=pl.Float64) for name, values in columns.items()}
    )
    return Plan(
        steps.cast(STEP_SCHEMA), pl.concat([pl.DataFrame(schema=EFFECT_SCHEMA), *effects]).sort(pl.all())
    )


class _Book:
    """The cells while the steps act on them."""

    def __init__(self, cells: pl.DataFrame) -> None:
        self.cells = cells
        self.whole: Flags = cells["units"].is_not_null().to_numpy()
        self.weight: Floats = cells["mean"].cast(pl.Float64).to_numpy().copy()
        self.units: Floats = (
            cells.select(pl.coalesce(pl.col("units", "mean").cast(pl.Float64)))["units"].to_numpy().copy()
        )
        self.last_year: Floats = cells["last_year"].cast(pl.Float64).fill_null(0).to_numpy()
        self.locked: Flags = np.zeros(cells.height, dtype=bool)

    def apply(self, changes: pl.DataFrame) -> Iterator[pl.DataFrame]:
        """One step: who holds what, then every change on its own cells."""
        held = _held(self.cells, changes)
        for change, rows in held:
            before = self.units[rows]
            after = allocate(
                before,
                mode=Mode(change["mode"]),
                value=float(change["value"]),
                spread=Spread(change["spread"]),
                last_year=self.last_year[rows],
                weight=self.weight[rows],
                locked=self.locked[rows],
                whole=bool(self.whole[rows].all()),
            )
            moved = ~self.locked[rows]
            self.units[rows] = after
            self.weight[rows[moved]] = after[moved]
            yield self._effect(change["plan_change_id"], rows, before, after)
        for change, rows in held:
            self.locked[rows] |= bool(change["is_locked"])

    def _effect(self, change_id: str, rows: Rows, before: Floats, after: Floats) -> pl.DataFrame:
        found = self.cells.select("outlet_id", "item", "forecast_month")[rows]
        return found.select(
            pl.lit(change_id).alias("plan_change_id"),
            pl.all(),
            before_units=pl.Series(before),
            after_units=pl.Series(after),
        )


def _held(cells: pl.DataFrame, changes: pl.DataFrame) -> list[tuple[dict[str, Any], Rows]]:
    """Each change with the numbers of the cells it holds, in the order in which they were written."""
    ranked = changes.sort("priority", "written_at", "plan_change_id").with_row_index("rank")
    numbered = cells.select(*CELL, "region_path").with_row_index("row")
    at = ["subject", "forecast_month"]
    pairs = numbered.join(
        ranked.select("rank", *at, own_item="item", own_outlet="outlet_id", own_region="region_path"), on=at
    ).filter(
        (pl.col("own_item").is_null() | (pl.col("own_item") == pl.col("item")))
        & pl.when(pl.col("own_outlet").is_not_null())
        .then(pl.col("own_outlet") == pl.col("outlet_id"))
        .otherwise(
            (pl.col("region_path") == pl.col("own_region"))
            | pl.col("region_path").str.starts_with(pl.col("own_region") + "/")
        )
    )
    winners = pairs.group_by("row").agg(pl.col("rank").max()).sort("row")
    rows = winners.group_by("rank").agg("row").sort("rank")
    kept = ranked.join(rows, on="rank").sort("rank")
    return [(change, np.array(change["row"], dtype=np.int64)) for change in kept.iter_rows(named=True)]
