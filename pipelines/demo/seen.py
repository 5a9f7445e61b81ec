"""What the history was, kept while its lines go by: the ground on which money, rules and care stand.

In: batches. Out: narrow frames of orders, repairs, cars and quotations; nothing is drawn twice.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

import polars as pl

from pipelines.demo.events import INSTANT, Batch

_ENDS = {"settle": "debit", "close": "debit", "cancel": "release", "reject": "release"}
_AMOUNT = {"parts_order": "total_minor", "vehicle_order": "price_minor"}
_EARMARK = {"parts_order": "parts", "vehicle_order": "vehicle"}


@dataclass(slots=True)
class Seen:
    """Lines of interest by document type, as they were written."""

    lines: dict[str, list[pl.DataFrame]] = field(default_factory=dict)
    wanted: tuple[str, ...] = ("parts_order", "vehicle_order", "repair_order", "vehicle", "quotation")

    def noting(self, batches: Iterable[Batch]) -> Iterator[Batch]:
        """The same batches; what is wanted of them is kept."""
        for batch in batches:
            if batch.document in self.wanted:
                self.lines.setdefault(batch.document, []).append(batch.lines)
            yield batch

    def orders(self) -> pl.DataFrame:
        """Orders whose funds were checked: document, key, outlet_id, earmark, fund_type, currency,
        amount, by, held_at, ended_at, ended (debit or release; null while open)."""
        return pl.concat([self._orders(name) for name in _AMOUNT])

    def _orders(self, name: str) -> pl.DataFrame:
        lines = self._all(name)
        opened = lines.filter(pl.col("action") == "open").select(
            "key",
            "outlet_id",
            "by",
            document=pl.lit(name),
            earmark=pl.lit(_EARMARK[name]),
            fund_type=pl.col("data").struct.field("fund_type"),
            currency=pl.col("data").struct.field("currency"),
            amount=pl.col("data").struct.field(_AMOUNT[name]),
        )
        held = lines.filter(pl.col("action") == "check_funds").select("key", held_at="at")
        ended = lines.filter(pl.col("action").is_in(list(_ENDS))).select(
            "key", ended_at="at", ended=pl.col("action").replace_strict(_ENDS, return_dtype=pl.String)
        )
        known = opened.join(held, on="key", maintain_order="left")
        return known.join(ended, on="key", how="left", maintain_order="left")

    def repairs(self) -> pl.DataFrame:
        """Repair orders: key, outlet_id, by, vin, customer_id, opened_at, odometer_km, complaint_code,
        ready_at, settled_at (null while it lasts)."""
        lines = self._all("repair_order")
        data = pl.col("data").struct
        opened = lines.filter(pl.col("action") == "open").select(
            "key",
            "outlet_id",
            "by",
            opened_at="at",
            **{n: data.field(n) for n in ("vin", "customer_id", "odometer_km", "complaint_code")},
        )
        for name, action in (("ready_at", "release"), ("settled_at", "settle")):
            done = lines.filter(pl.col("action") == action).select("key", pl.col("at").alias(name))
            opened = opened.join(done, on="key", how="left", maintain_order="left")
        return opened

    def cars(self) -> pl.DataFrame:
        """Cars: vin, product_id, production_date."""
        data = pl.col("data").struct
        opened = self._all("vehicle").filter(pl.col("action") == "open")
        return opened.select(
            vin="key", product_id=data.field("product_id"), production_date=data.field("production_date")
        )

    def quotations(self) -> pl.DataFrame:
        """Quotations: key, outlet_id, at, by, price_minor, currency."""
        data = pl.col("data").struct
        opened = self._all("quotation").filter(pl.col("action") == "open")
        return opened.select(
            "key",
            "outlet_id",
            "at",
            "by",
            price_minor=data.field("price_minor"),
            currency=data.field("currency"),
        )

    def _all(self, name: str) -> pl.DataFrame:
        return pl.concat([frame.with_columns(pl.col("at").cast(INSTANT)) for frame in self.lines[name]])
