"""Dead and excess stock, and what of it may go back: a verdict for every part on every shelf.

In: stock, demand of a year, targets, receipts and the return terms of each outlet. Out: one row per outlet
and part with stock, and the rows that give its quantity again.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

import polars as pl

KEY = ["outlet_id", "part_id"]
# What a year asks for is no excess: it sells before it is carried a second time.
SHELF = [
    *KEY, "on_hand", "reserved", "order_up_to", "year_units", "unit_price_minor", "currency", "is_returnable",
    "last_demand_date", "protection_days", "return_allowance_permille", "supplier_outlet_code",
]  # fmt: skip
COLUMNS = [
    "return_id", *KEY, "as_of_date", "on_hand", "kept_units", "excess_units", "excess_minor", "is_dead",
    "protected_units", "protected_until_date", "return_units", "return_minor", "currency",
    "supplier_outlet_code", "verdict", "sentence",
]  # fmt: skip
STEP = [
    "suggestion_id", "step_no", "component", "operation", "value", "unit", "source_document", "source_key",
    "note",
]  # fmt: skip


class ReturnVerdict(StrEnum):
    """What is done with a part's stock beyond its need. Order is precedence."""

    not_excess = "not_excess"
    not_returnable = "not_returnable"
    no_terms = "no_return_terms"
    not_protected = "protection_over"
    over_allowance = "over_allowance"
    give_back = "return_now"


@dataclass(frozen=True, slots=True)
class Returns:
    """`returns`: COLUMNS, one row per outlet and part with stock. `explain`: STEP rows."""

    returns: pl.DataFrame
    explain: pl.DataFrame


def propose_returns(
    shelf: pl.DataFrame, receipts: pl.DataFrame, bought: pl.DataFrame, *, as_of: date
) -> Returns:
    """Judge every part with stock; no stock gives empty tables.

    shelf: SHELF; null terms mean that nothing may go back. receipts: KEY, received_date, units; the newest
    are what still lies there. bought: outlet_id, bought_minor (in a year), returned_minor. The allowance goes
    to the parts whose protection ends first, then to the dearest; whole units until it is used up.
    """
    known = shelf.filter(pl.col("on_hand") > 0).with_columns(_excess())
    covered = known.join(_protected(known, receipts, as_of), on=KEY, how="left").with_columns(
        pl.col("protected_units").fill_null(0)
    )
    judged = _allowed(covered, bought).with_columns(
        as_of_date=pl.lit(as_of), excess_minor=pl.col("excess_units") * pl.col("unit_price_minor"),
        return_minor=pl.col("return_units") * pl.col("unit_price_minor"),
    ).with_columns(verdict=_verdict())  # fmt: skip
    named = judged.with_columns(return_id=_ids(judged, as_of), sentence=_sentence()).sort(KEY)
    return Returns(named.select(COLUMNS), _steps(named))


def recompute_returns(explain: pl.DataFrame) -> pl.DataFrame:
    """suggestion_id, return_units from the rows alone. Raises ValueError where they do not give it."""
    names = list(STEPS)
    wide = explain.group_by("suggestion_id", maintain_order=True).agg(
        *[pl.col("value").filter(pl.col("component") == n).first().alias(n) for n in names],
        rows=pl.len(),
    )
    again = wide.with_columns(
        keep=pl.max_horizontal("order_up_to", "year_units"),
    ).with_columns(
        excess=(pl.col("on_hand") - pl.col("reserved") - pl.col("keep")).clip(lower_bound=0),
    ).with_columns(
        units=pl.min_horizontal("excess", "protected_units", "allowed_units")
    )  # fmt: skip
    wrong = again.filter(
        (pl.col("rows") != len(names)) | pl.any_horizontal(pl.col(n).is_null() for n in names)
        | (pl.col("keep") != pl.col("kept_units")) | (pl.col("excess") != pl.col("excess_units"))
        | (pl.col("units") != pl.col("return_units"))
    )  # fmt: skip
    if not wrong.is_empty():
        raise ValueError(f"return {wrong['suggestion_id'][0]}: its rows do not give what it states")
    return again.select("suggestion_id", return_units=pl.col("units").cast(pl.Int64))


def _excess() -> list[pl.Expr]:
    kept = pl.max_horizontal("order_up_to", pl.col("year_units").ceil()).cast(pl.Int64)
    free = pl.col("on_hand") - pl.col("reserved")
    return [
        kept.alias("kept_units"),
        (free - kept).clip(lower_bound=0).cast(pl.Int64).alias("excess_units"),
        (pl.col("year_units") == 0).alias("is_dead"),
    ]


def _protected(known: pl.DataFrame, receipts: pl.DataFrame, as_of: date) -> pl.DataFrame:
    """KEY, protected_units, protected_until_date: the newest receipts cover the stock."""
    until = pl.col("received_date") + pl.duration(days=pl.col("protection_days").cast(pl.Int64))
    lying = (
        receipts.join(known.select(*KEY, "on_hand", "protection_days"), on=KEY)
        .sort(*KEY, "received_date", descending=[False, False, True])
        .with_columns(later=pl.col("units").cum_sum().over(KEY) - pl.col("units"))
        .with_columns(there=pl.min_horizontal("units", pl.col("on_hand") - pl.col("later")))
        .filter((pl.col("there") > 0) & (until >= pl.lit(as_of)))
    )
    return lying.group_by(KEY).agg(
        protected_units=pl.col("there").sum().cast(pl.Int64), protected_until_date=until.min()
    )


def _allowed(covered: pl.DataFrame, bought: pl.DataFrame) -> pl.DataFrame:
    """Add allowed_units and return_units: what the outlet's allowance still pays for."""
    wanted = (
        pl.when(pl.col("is_returnable") & pl.col("unit_price_minor").is_not_null())
        .then(pl.min_horizontal("excess_units", "protected_units"))
        .otherwise(0)
    )
    ranked = (
        covered.join(bought, on="outlet_id", how="left")
        .with_columns(
            wanted=wanted,
            allowance=(
                pl.col("bought_minor").fill_null(0) * pl.col("return_allowance_permille").fill_null(0) // 1000
                - pl.col("returned_minor").fill_null(0)
            ).clip(lower_bound=0),
        )
        .sort("outlet_id", "protected_until_date", "unit_price_minor", "part_id",
              descending=[False, False, True, False], nulls_last=True)
    )  # fmt: skip
    allowed = []
    for outlet in ranked.partition_by("outlet_id", maintain_order=True):
        left = int(outlet["allowance"][0])
        for units, price in outlet.select("wanted", "unit_price_minor").iter_rows():
            affordable = int(left // price) if price else 0
            allowed.append(affordable)
            left -= min(int(units), affordable) * int(price or 0)
    given = ranked.with_columns(allowed_units=pl.Series(allowed, dtype=pl.Int64))
    return given.with_columns(return_units=pl.min_horizontal("wanted", "allowed_units").cast(pl.Int64))


def _verdict() -> pl.Expr:
    nothing = pl.col("protection_days").is_null() | pl.col("return_allowance_permille").is_null()
    return (
        pl.when(pl.col("excess_units") == 0).then(pl.lit(ReturnVerdict.not_excess.value))
        .when(~pl.col("is_returnable")).then(pl.lit(ReturnVerdict.not_returnable.value))
        .when(nothing | pl.col("unit_price_minor").is_null()).then(pl.lit(ReturnVerdict.no_terms.value))
        .when(pl.col("protected_units") == 0).then(pl.lit(ReturnVerdict.not_protected.value))
        .when(pl.col("return_units") == 0).then(pl.lit(ReturnVerdict.over_allowance.value))
        .otherwise(pl.lit(ReturnVerdict.give_back.value))
    )  # fmt: skip


_WHY = {
    ReturnVerdict.not_excess: "nothing beyond its need.",
    ReturnVerdict.not_returnable: "the maker does not take it back.",
    ReturnVerdict.no_terms: "no return terms or no price.",
    ReturnVerdict.not_protected: "its return protection is over.",
    ReturnVerdict.over_allowance: "the return allowance is used up.",
}


def _sentence() -> pl.Expr:
    """Arithmetic that adds up, then what is done."""
    have = pl.format(
        "{} on hand - {} reserved - {} kept for a year or the target = {} too many; ",
        pl.col("on_hand").cast(pl.Int64), pl.col("reserved").cast(pl.Int64), pl.col("kept_units"),
        pl.col("on_hand").cast(pl.Int64) - pl.col("reserved").cast(pl.Int64) - pl.col("kept_units"),
    )  # fmt: skip
    back = pl.format(
        "{} may go back until {}.", pl.col("return_units"), pl.col("protected_until_date").cast(pl.String)
    )
    told = pl.col("verdict").replace_strict(
        {v.value: text for v, text in _WHY.items()}, default=None, return_dtype=pl.String
    )
    short = pl.when(pl.col("verdict") == ReturnVerdict.not_excess.value).then(
        pl.lit("Nothing beyond its need.")
    )
    return pl.coalesce(short, pl.concat_str(have, pl.coalesce(told, back)))


def _ids(rows: pl.DataFrame, as_of: date) -> pl.Series:
    """First 20 hex digits of SHA-256 over "return", as-of day, outlet, part, stock and quantity."""
    columns = [pl.col(c).cast(pl.String).fill_null("") for c in (*KEY, "on_hand", "return_units")]
    texts = rows.select(
        pl.concat_str(pl.lit(f"return|{as_of.isoformat()}"), *columns, separator="|")
    ).to_series()
    return pl.Series([hashlib.sha256(t.encode()).hexdigest()[:20] for t in texts], dtype=pl.String)


_TOLD = (
    ("on_hand", "add", "parts_stock_move", None),
    ("reserved", "subtract", "repair_order", None),
    ("order_up_to", "at_least", "replenishment_suggestion", None),
    ("year_units", "at_least", "part_demand", "asked for in twelve months, whole units"),
    ("kept_units", "result", None, None),
    ("excess_units", "result", None, None),
    ("protected_units", "at_most", "parts_shipment", "received within the days of protection"),
    ("allowed_units", "at_most", "order_terms", "what the return allowance still pays for"),
    ("return_units", "result", None, None),
)


STEPS = tuple(name for name, *_ in _TOLD)


def _steps(rows: pl.DataFrame) -> pl.DataFrame:
    """Every row that has something too many, step by step; the others in their sentence."""
    told = rows.filter(pl.col("excess_units") > 0).with_columns(
        year_units=pl.col("year_units").ceil(),
        protected_units=pl.when(pl.col("is_returnable")).then("protected_units").otherwise(0),
        pair=pl.concat_str(KEY, separator="/"),
    )
    parts = [
        told.select(
            suggestion_id="return_id", step_no=pl.lit(number, dtype=pl.Int64), component=pl.lit(name),
            operation=pl.lit(operation), value=pl.col(name).cast(pl.Float64), unit=pl.lit("units"),
            source_document=pl.lit(document, dtype=pl.String), source_key=pl.col("pair"),
            note=pl.lit(note, dtype=pl.String),
        )
        for number, (name, operation, document, note) in enumerate(_TOLD, start=1)
    ]  # fmt: skip
    return pl.concat(parts).select(STEP).sort("suggestion_id", "step_no")
