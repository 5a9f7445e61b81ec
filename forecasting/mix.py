"""A series forecast in whole cars, split to its variants by what each market sold of them lately. Pure.

The split is no forecast of its own: nothing is fitted to a variant. Cells are filled one after the other
with what their market owes each variant, so that variants add up to the cell, and over months and outlets
to the market's mix, where rounding each cell by itself would give every single car to the best seller.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import polars as pl
from numpy.typing import NDArray

Integers = NDArray[np.int64]
Floats = NDArray[np.float64]

CELL = ("market", "outlet_id", "month")
VARIANT = ("model", "variant")
SCHEMA = {
    "outlet_id": pl.String(), "month": pl.Date(),
    "model": pl.String(), "variant": pl.String(), "units": pl.Int64(),
}  # fmt: skip


def split(cells: pl.DataFrame, mix: pl.DataFrame) -> pl.DataFrame:
    """Whole cars per outlet_id, month, model and variant of one series; they add up to the cell.

    cells: market, outlet_id, month, units (whole, from 0 on). mix: market, model, variant, units sold,
    is_on_sale. A variant that is no longer on sale gets nothing while another one is. A market that sold
    none of them keeps its cells whole: model and variant are null.
    """
    parts = [
        part
        for (market,), rows in cells.sort(CELL).group_by("market", maintain_order=True)
        for part in _market(rows.sort("month", "outlet_id"), shares(mix.filter(market=market)))
    ]
    return pl.concat([pl.DataFrame(schema=SCHEMA), *parts]).sort("outlet_id", "month", *VARIANT)


def shares(mix: pl.DataFrame) -> pl.DataFrame:
    """model, variant, share of the cars sold, most first; no rows where none was sold."""
    left = mix.filter("is_on_sale") if mix["is_on_sale"].any() else mix
    sold = left.group_by(VARIANT).agg(pl.col("units").sum()).filter(pl.col("units") > 0)
    return sold.select(*VARIANT, share=pl.col("units") / pl.col("units").sum()).sort(
        "share", *VARIANT, descending=[True, False, False]
    )


def _market(rows: pl.DataFrame, mix: pl.DataFrame) -> Iterator[pl.DataFrame]:
    at = rows.select("outlet_id", "month")
    if mix.is_empty():
        nobody = pl.lit(None, dtype=pl.String)
        yield at.with_columns(rows["units"].cast(pl.Int64), model=nobody, variant=nobody).select(list(SCHEMA))
        return
    taken = handed_out(rows["units"].to_numpy().astype(np.int64), mix["share"].to_numpy())
    for number, (model, variant) in enumerate(mix.select(VARIANT).iter_rows()):
        yield at.with_columns(
            model=pl.lit(model), variant=pl.lit(variant), units=pl.Series(taken[:, number], dtype=pl.Int64)
        ).select(list(SCHEMA))


def handed_out(units: Integers, share: Floats) -> Integers:
    """(cells, variants): each cell's cars go, one at a time, to the variant that is owed most by then.

    What a cell owes is its units times the shares; ties go to the first variant.
    """
    taken, owed = np.zeros((units.size, share.size), dtype=np.int64), np.zeros(share.size)
    for cell, count in enumerate(units):
        owed += count * share
        for _ in range(int(count)):
            first = int(np.argmax(owed.round(9)))  # equal debts stay equal whatever was added before
            owed[first] -= 1
            taken[cell, first] += 1
    return taken
