"""The demo's morning: most of what waited for approval since yesterday evening is decided, some of it is not.

In: the outlets and what of the day waits, as `write_today` made it. Out: decisions of approvals, step by
step, each by somebody who did not ask. The chains are opened by the rules when the documents come in; their
keys say document, round and step. Every fourth outlet's are left, so that an approver finds an inbox.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from typing import Any

import polars as pl

from pipelines.demo.brand import MARKETS
from pipelines.demo.catalogue import FINANCE, PLANNER
from pipelines.demo.clock import Clock
from pipelines.demo.events import Batch, Books
from pipelines.demo.network import Outlet
from pipelines.demo.rules import is_big_discount

STAGE = 3  # that of what waits
REGION = "region.mea"
_LEFT_EVERY, _REFUSED_EVERY = 4, 5
_ROUNDS = {"parts_order": 2, "vehicle_order": 3, "discount_request": 1, "campaign": 2}  # version that asks


def decide(outlets: list[Outlet], clock: Clock, waiting: dict[str, pl.DataFrame]) -> Iterator[Batch]:
    """waiting: key, outlet_id by document type; of discounts discount_minor, too."""
    market = {outlet.code: MARKETS[outlet.market] for outlet in outlets}
    number = {outlet.code: n for n, outlet in enumerate(sorted(outlets, key=lambda o: o.code))}
    manager = {o.code: o.one("dealer_manager") for o in outlets}
    granted, refused = [], []
    for name, frame in waiting.items():
        for nth, row in enumerate(frame.sort("outlet_id", "key").iter_rows(named=True)):
            code = row["outlet_id"]
            if number[code] % _LEFT_EVERY == 0:
                continue
            is_big = name == "discount_request" and is_big_discount(market[code], row["discount_minor"])
            steps = _steps(name, manager[code], is_big=is_big)
            if name == "discount_request" and nth % _REFUSED_EVERY == 0:
                refused.append(
                    _step(name, row, 1, steps[0], clock) | {"comment": "more than the model earns"}
                )
            else:
                granted += [_step(name, row, n, who, clock) for n, who in enumerate(steps, start=1)]
    books = Books()
    books["approval"].move("grant", pl.DataFrame(granted), step=1)
    books["approval"].move("refuse", pl.DataFrame(refused), step=1)
    for batch in books.batches(clock.cut):
        # A first step stands at its opening; the second is begun by the first, so it comes after them all.
        numbered = batch.lines.with_columns(version=pl.col("key").str.split(".").list.last().cast(pl.Int64))
        for (step,), lines in numbered.partition_by("version", as_dict=True, maintain_order=True).items():
            yield replace(batch, lines=lines, stage=STAGE + int(step))


def _steps(name: str, manager: str, *, is_big: bool) -> tuple[str, ...]:
    """Who decides, in order, as the approval rules of the demo have it."""
    match name:
        case "parts_order":
            return (manager,)
        case "discount_request":
            return (manager, REGION) if is_big else (manager,)
        case "vehicle_order":
            return (REGION, PLANNER)
    return (REGION, FINANCE)


def _step(name: str, row: dict[str, Any], step: int, who: str, clock: Clock) -> dict[str, Any]:
    key = f"{name.replace('_', '-')}.{row['key']}.{_ROUNDS[name]}.{step}"
    at = clock.cut - timedelta(minutes=110 - 45 * step)
    return {"key": key, "outlet_id": row["outlet_id"], "at": at, "by": who}
