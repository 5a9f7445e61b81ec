"""Best fill for a given budget: which packs of an outlet's suggestions to buy when money ends first.

Suggested lines and a budget per outlet in, funded quantities out. The next lot bought is always the one that
saves most units from waiting per unit of money, across all parts of the outlet. Expected units still owed
fall by less with each further pack of a part: going down the list is optimal up to the last lot that fits.
"""

from __future__ import annotations

import numpy as np
import polars as pl

from forecasting.distribution import expected_shortage

KEY = ["outlet_id", "part_id"]
LINE = [
    *KEY, "quantity", "pack_size", "minimum_quantity", "position", "risk_mean", "risk_variance",
    "unit_price_minor",
]  # fmt: skip


class BudgetError(ValueError):
    """Lines or budgets that money cannot be spread over; the message names field, key and remedy."""


def within_budget(lines: pl.DataFrame, budgets: pl.DataFrame) -> pl.DataFrame:
    """KEY, quantity, funded_quantity, cut_quantity, cost_minor, saved_units; sorted by outlet and part.

    lines: LINE, one per outlet and part, in units and units squared over lead time + review; quantity in
    whole packs. budgets: outlet_id, budget_minor in the currency of the prices; an outlet without a row has
    no limit. saved_units: expected units that the funded quantity keeps from waiting. Raises BudgetError.
    """
    _check(lines, budgets)
    lots = _lots(lines).join(budgets, on="outlet_id", how="left")
    funded = [_bought(outlet) for outlet in lots.partition_by("outlet_id", maintain_order=True)]
    sums = (pl.concat(funded) if funded else lots.with_columns(is_bought=pl.lit(True))).filter("is_bought")
    bought = sums.group_by(KEY).agg(
        funded_quantity=pl.col("units").sum(),
        cost_minor=pl.col("cost_minor").sum(),
        saved_units=pl.col("gain").sum(),
    )
    return (
        lines.select(*KEY, "quantity")
        .join(bought, on=KEY, how="left")
        # a line without a bought lot was cut to nothing: that is a zero, not an absence
        .with_columns(pl.col("funded_quantity", "cost_minor", "saved_units").fill_null(0))
        .with_columns(cut_quantity=pl.col("quantity") - pl.col("funded_quantity"))
        .select(*KEY, "quantity", "funded_quantity", "cut_quantity", "cost_minor", "saved_units")
        .sort(KEY)
    )


def _lots(lines: pl.DataFrame) -> pl.DataFrame:
    """One row per lot: the least that may be ordered, then pack by pack, with what it saves and costs."""
    pack, least = pl.col("pack_size"), pl.max_horizontal("minimum_quantity", pl.lit(1))
    first = (least + pack - 1) // pack * pack
    rows = (
        lines.filter(pl.col("quantity") > 0)
        .with_columns(first=pl.min_horizontal(first, "quantity"))
        .with_columns(lots=1 + (pl.col("quantity") - pl.col("first")) // pack)
        .with_columns(lot=pl.int_ranges(0, "lots"))
        .explode("lot")
        .with_columns(units=pl.when(pl.col("lot") == 0).then("first").otherwise(pack))
        .with_columns(before=pl.col("position") + pl.when(pl.col("lot") == 0).then(0).otherwise(
            pl.col("first") + (pl.col("lot") - 1) * pack))
    )  # fmt: skip
    mean, variance, before, units = (
        rows[c].cast(pl.Float64).to_numpy() for c in ("risk_mean", "risk_variance", "before", "units")
    )
    gain = expected_shortage(mean, variance, before) - expected_shortage(mean, variance, before + units)
    cost = (pl.col("units") * pl.col("unit_price_minor")).cast(pl.Int64)
    return rows.select(
        *KEY, "lot", pl.col("units").cast(pl.Int64), cost_minor=cost, gain=pl.Series(np.round(gain, 9))
    )


def _bought(lots: pl.DataFrame) -> pl.DataFrame:
    """Lots of one outlet in order of return, each bought if it still fits and the lot before it was."""
    ranked = lots.with_columns(earned=pl.col("gain") / pl.col("cost_minor").clip(lower_bound=1)).sort(
        "earned", *KEY, "lot", descending=[True, False, False, False]
    )
    left = ranked["budget_minor"][0]
    if left is None:
        return ranked.with_columns(is_bought=pl.lit(True))
    stopped: set[str] = set()
    bought = []
    for part, cost in ranked.select("part_id", "cost_minor").iter_rows():
        fits = part not in stopped and cost <= left
        left -= cost if fits else 0
        bought.append(fits)
        if not fits:
            stopped.add(part)
    return ranked.with_columns(is_bought=pl.Series(bought, dtype=pl.Boolean))


def _check(lines: pl.DataFrame, budgets: pl.DataFrame) -> None:
    missing = [c for c in LINE if c not in lines.columns]
    if missing:
        raise BudgetError(f"lines have no column {missing[0]}; it has {', '.join(lines.columns)}")
    known = [c for c in LINE if c not in KEY]
    numbers = ("unit_price_minor", "quantity", "risk_mean", "risk_variance")
    wrong = lines.filter(
        pl.any_horizontal(pl.col(c).is_null() for c in known)
        | pl.any_horizontal(pl.col(c) < 0 for c in numbers)
        | (pl.col("pack_size") < 1)
    )
    if not wrong.is_empty():
        raise BudgetError(
            f"line {wrong.select(KEY).row(0)}: {', '.join(known)} must be there, prices and quantities >= 0, "
            "a pack at least 1; leave out a line whose price is missing"
        )
    if budgets.filter(pl.col("budget_minor").is_null() | (pl.col("budget_minor") < 0)).height:
        raise BudgetError("budget_minor must be there and >= 0; leave out an outlet that has no limit")
    for table, name, key in ((lines, "lines", KEY), (budgets, "budgets", ["outlet_id"])):
        if table.select(key).is_duplicated().any():
            raise BudgetError(f"{name} hold a key twice: keep one row per {', '.join(key)}")
