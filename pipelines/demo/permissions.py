"""What customers allow, refuse and are refused: consents, contact refusals, a blacklist, drawn per record.

In: customer records as they are opened. Out: documents of three types. Two records of one person may say
different things, as they do where two outlets ask: the golden customer then has the most restrictive answer.
"""

from __future__ import annotations

import numpy as np
import polars as pl

from pipelines.demo.events import Books

_ASKED, _GRANTED, _WITHDRAWN = 0.6, 0.75, 0.08
_REFUSED, _BLACKLISTED = 0.02, 0.004
_PURPOSES, _CHANNELS = ("service_marketing", "marketing"), ("phone", "email")


def write_permissions(books: Books, records: pl.DataFrame, rng: np.random.Generator) -> None:
    """records: key, outlet_id, at, by of customer records."""
    head = records.select("outlet_id", "at", "by", customer_id="key")
    for purpose in _PURPOSES:
        for channel in _CHANNELS:
            _consents(books, head, purpose, channel, rng)
    refused = head.filter(pl.Series(rng.random(head.height) < _REFUSED))
    books["contact_refusal"].open(
        refused.with_columns(
            key=pl.format("CF-{}", "customer_id"),
            at=_later("at", 30),
            channel=pl.Series(rng.choice(["all", "phone", "email"], refused.height)),
            requested_at=_later("at", 30),
        )
    )
    drawn = rng.random(head.height)
    # one at least in every block: a small network has its difficult customer too
    listed = head.filter(pl.Series(drawn <= max(_BLACKLISTED, drawn.min(initial=1.0))))
    books["blacklist_entry"].open(
        listed.with_columns(
            key=pl.format("BL-{}", "customer_id"),
            at=_later("at", 90),
            reason=pl.Series(rng.choice(["abuse", "payment_default"], listed.height)),
            listed_at=_later("at", 90),
        )
    )


def _consents(books: Books, head: pl.DataFrame, purpose: str, channel: str, rng: np.random.Generator) -> None:
    draws = rng.random((head.height, 3))
    asked = head.with_columns(
        key=pl.format("CS-{}-{}-{}", "customer_id", pl.lit(purpose[:1]), pl.lit(channel[:1])),
        purpose=pl.lit(purpose),
        channel=pl.lit(channel),
        basis=pl.lit("consent"),
        given_at="at",
        text_version=pl.lit("2024-1"),
        proof=pl.lit("form signed at the desk"),
        state=pl.when(pl.Series(draws[:, 1]) < _GRANTED).then(pl.lit("given")).otherwise(pl.lit("refused")),
        withdraws=pl.Series(draws[:, 2]) < _WITHDRAWN,
    ).filter(pl.Series(draws[:, 0]) < _ASKED)
    books["consent"].open(asked.drop("withdraws"))
    taken_back = asked.filter((pl.col("state") == "given") & pl.col("withdraws")).with_columns(
        at=_later("at", 200), withdrawn_at=_later("at", 200)
    )
    books["consent"].move("withdraw", taken_back.select("key", "at", "by", "withdrawn_at"), step=1)


def _later(column: str, days: int) -> pl.Expr:
    return pl.col(column) + pl.duration(days=days)
