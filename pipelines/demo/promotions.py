"""The maker's campaigns for a series at every dealer of a market, past ones closed, those to come approved.

In: the selling outlets of a block. Out: lines in the books; what they did to sales stands in `sales.py`.
"""

from __future__ import annotations

import numpy as np
import polars as pl

from pipelines.demo.brand import PROMOTIONS
from pipelines.demo.catalogue import PLANNER
from pipelines.demo.clock import HISTORY_MONTHS
from pipelines.demo.events import Books
from pipelines.demo.scene import Scene

_PLANNED_DAYS = 60  # a promotion is planned this long before it begins
_MORNING = 36_000
_BUDGET_USD = 2_500


def write_promotions(books: Books, scene: Scene) -> None:
    """One campaign per outlet and promotion; whoever drafts it at the maker does not approve it."""
    outlets = np.array([i for i, outlet in enumerate(scene.outlets) if outlet.sells])
    starts = scene.clock.month_starts
    known = [p for p in PROMOTIONS if p[1] <= HISTORY_MONTHS + 2 and p[1] + 1 < len(starts)]
    for series, month, _ in known:
        first, after = int(starts[month]), int(starts[month + 1])
        n = len(outlets)
        codes = scene.codes[outlets]
        planned = np.full(n, max(first - _PLANNED_DAYS, 0))
        budget = scene.local_price(np.full(n, _BUDGET_USD), planned)
        head = pl.DataFrame({"key": [f"CA-{code}-{series}-{month:02}" for code in codes], "outlet_id": codes})
        drafted = head.with_columns(by=scene.people("dealer_manager", outlets))
        book = books["campaign"]
        book.open(
            drafted.with_columns(
                at=scene.at(planned, np.full(n, _MORNING)),
                name=pl.lit(f"{series} month"),
                campaign_type=pl.lit("promotion"),
                owner_level=pl.lit("oem"),
                channel=pl.lit("dealer"),
                series=pl.lit(series),
                starts_date=scene.dates(np.full(n, first)),
                ends_date=scene.dates(np.full(n, after - 1)),
                budget_minor=budget,
                oem_share_minor=pl.Series(budget) // 2,
                currency=pl.lit(scene.where.currency),
            )
        )
        submitted = drafted.with_columns(
            at=scene.at(planned + 1, np.full(n, _MORNING)), target_leads=pl.lit(20)
        )
        book.move("submit", submitted, step=1)
        approved = head.with_columns(at=scene.at(planned + 5, np.full(n, _MORNING)), by=pl.lit(PLANNER))
        book.move("approve", approved, step=2)
        book.move("start", drafted.with_columns(at=scene.at(np.full(n, first), np.full(n, _MORNING))), step=3)
        closed = drafted.with_columns(
            at=scene.at(np.full(n, after + 2), np.full(n, _MORNING)),
            result=pl.lit("More came in than in the month before."),
        )
        book.move("close", closed, step=4)
