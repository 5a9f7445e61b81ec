"""Rules about customers as the head office of the demo set them: bands, trust in sources, grades."""

from __future__ import annotations

import numpy as np
import polars as pl

from operational_api.documents.customer_grade_rule import GRADES
from pipelines.demo.campaigns import APPROVER, QUALITY
from pipelines.demo.clock import Clock
from pipelines.demo.events import Books

_TRUST = ("owner_portal", "app", "desk", "repair_order", "website", "file")
_LEAST_POINTS = (13, 11, 9, 6, 3)  # of AAA to C

_COMPLAINED = [{"key": "GR-C-COMPLAINED", "grade": "C", "condition": "complained", "least_complaints": 2,
                "within_days": 365}]  # fmt: skip


def open_customer_rules(books: Books, clock: Clock) -> None:
    """In force from the first day; drafted by one and activated by another, as the type demands."""
    _open(
        books, clock, "identity_rule",
        pl.DataFrame({"key": ["IR-1"], "auto_permille": [900], "review_permille": [50]}).with_columns(
            reason=pl.lit("Two people in one golden record cost more than one person in two.")
        ),
    )  # fmt: skip
    _open(
        books, clock, "source_trust",
        pl.DataFrame({"source": _TRUST}).with_columns(
            key=pl.format("ST-{}", "source"),
            trust_rank=pl.int_range(1, pl.len() + 1),
            reason=pl.lit("What the customer types himself is trusted most."),
        ),
    )  # fmt: skip
    by_points = pl.DataFrame({"grade": GRADES[:-1], "least_points": _LEAST_POINTS}).with_columns(
        condition=pl.lit("points")
    )
    blacklisted = pl.DataFrame({"grade": ["D"], "condition": ["blacklisted"]})
    rules = pl.concat([by_points, blacklisted], how="diagonal").with_columns(key=pl.format("GR-{}", "grade"))
    complained = pl.DataFrame(_COMPLAINED)
    _open(books, clock, "customer_grade_rule", pl.concat([rules, complained], how="diagonal"))


def _open(books: Books, clock: Clock, name: str, rows: pl.DataFrame) -> None:
    market = day = np.zeros(rows.height, dtype=np.int64)
    second = np.full(rows.height, 32_000)
    dated = rows.with_columns(
        at=clock.instants(market, day, second), by=pl.lit(QUALITY), effective_from_date=clock.dates(day)
    )
    books[name].open(dated)
    activated = dated.select("key", at=clock.instants(market, day, second + 600), by=pl.lit(APPROVER))
    books[name].move("activate", activated, step=1)
