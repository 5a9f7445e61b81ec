"""Amounts of several currencies as one, at the published rates: pure, frame to frame."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

import polars as pl
from babel.numbers import get_currency_precision


@dataclass(frozen=True, slots=True)
class Total:
    """The sum in minor units of the group's currency; `missing` are currencies without a rate, left out."""

    minor: int
    currency: str
    oldest_rate_date: date | None
    missing: tuple[str, ...]


def in_group_currency(amounts: pl.DataFrame, rates: pl.DataFrame) -> Total | None:
    """One row per currency summed at the rates that hold; None when no rate leads to the group's currency.

    amounts: currency, minor. rates: dim_exchange_rate.
    """
    current = _in_force(rates)
    if current.is_empty():
        return None
    group: str = current["to_currency"][0]
    own = pl.col("currency") == group
    joined = amounts.drop_nulls("currency").join(
        current.select("valid_from_date", "rate", currency="from_currency"), on="currency", how="left"
    )
    known = joined.filter(own | pl.col("rate").is_not_null())
    missing = joined.filter(~own & pl.col("rate").is_null())["currency"].sort().to_list()
    minor = sum(
        r["minor"] if r["currency"] == group else r["minor"] * r["rate"] * _minor_ratio(r["currency"], group)
        for r in known.iter_rows(named=True)
    )
    oldest: date | None = known["valid_from_date"].min()  # type: ignore[assignment]
    return Total(round(minor), group, oldest, tuple(missing))


def _minor_ratio(source: str, target: str) -> float:
    """A dinar has a thousand fils, a yen nothing smaller."""
    return float(10 ** (get_currency_precision(target) - get_currency_precision(source)))


def group_currency(rates: pl.DataFrame) -> str | None:
    """The currency that rates lead to; None without any."""
    current = _in_force(rates)
    return None if current.is_empty() else str(current["to_currency"][0])


def factors(rates: pl.DataFrame) -> dict[str, float]:
    """Minor units of the group's currency that one minor unit of each currency is worth, itself included."""
    current = _in_force(rates)
    found = {
        r["from_currency"]: r["rate"] * _minor_ratio(r["from_currency"], r["to_currency"])
        for r in current.iter_rows(named=True)
    }
    group = group_currency(rates)
    return found | ({group: 1.0} if group else {})


def _in_force(rates: pl.DataFrame) -> pl.DataFrame:
    return rates.filter(pl.col("is_to_group_currency") & pl.col("valid_to_date").is_null())
