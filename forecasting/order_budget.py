"""The order budget of an outlet, spread over its suggestions: what is cut, and why it is that part.

In: sized lines and the money left. Out: the same lines with `budget_cut` and a note for the explanation.
"""

from __future__ import annotations

import polars as pl

from forecasting.stock_budget import KEY, LINE, within_budget


def with_budget(lines: pl.DataFrame, budgets: pl.DataFrame | None) -> pl.DataFrame:
    """Set budget_cut and budget_note; budgets: outlet_id, budget_minor. No price, no cut.

    lines: one row per outlet and part with the columns of stock_budget.LINE, `packed_quantity` for quantity.
    """
    if budgets is None or budgets.is_empty():
        return lines
    priced = lines.filter((pl.col("packed_quantity") > 0) & pl.col("unit_price_minor").is_not_null())
    limited = priced.join(budgets, on="outlet_id", how="semi")
    if limited.is_empty():
        return lines
    bought = within_budget(limited.with_columns(quantity=pl.col("packed_quantity")).select(LINE), budgets)
    told = bought.join(budgets, on="outlet_id", how="left").select(
        *KEY,
        cut="cut_quantity",
        told=pl.format(
            "{} minor units left to order; this pays for {} units, which keep {} from waiting",
            "budget_minor", "funded_quantity", pl.col("saved_units").round(2),
        ),
    )  # fmt: skip
    return lines.join(told, on=KEY, how="left", maintain_order="left").with_columns(
        budget_cut=pl.col("cut").fill_null(0), budget_note=pl.col("told")
    ).drop("cut", "told")  # fmt: skip
