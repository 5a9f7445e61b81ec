"""Targets and plans of parts by category: what the maker wants, what outlets expect and ask for.

In: expected units of the block. Out: targets of every month (of collision parts one a year), and dealers'
plans of three months ahead, round by round: some outlets send none, the region merges those that came.
"""

from __future__ import annotations

import numpy as np
import polars as pl

from pipelines.demo.brand import FAMILIES
from pipelines.demo.catalogue import PLANNER
from pipelines.demo.clock import HISTORY_MONTHS, Floats
from pipelines.demo.events import Books
from pipelines.demo.parts_documents import Store

_AHEAD = 3
_TARGETS_FROM = HISTORY_MONTHS - 12
_PLANS_FROM = HISTORY_MONTHS - 5
_BY_YEAR = "collision"  # a category whose target is set once a year
_STRETCH = {"retail": 1.06, "wholesale": 1.10}
_SENDS = 0.86  # of outlets and months
_LEAN = (1.04, 0.12)  # every outlet plans its own share of what is to be expected
CATEGORIES = sorted({family.category for family in FAMILIES})


def write_parts_planning(books: Books, store: Store, rng: np.random.Generator, expected: Floats) -> None:
    """expected: requests by outlet, chain head and month (`expected_requests`)."""
    months = np.arange(_TARGETS_FROM, HISTORY_MONTHS + _AHEAD + 1)
    cells = _cells(store, expected[:, :, months], months)
    _write_targets(books, store, cells)
    _write_plans(books, store, rng, cells.filter(pl.col("month") >= _PLANS_FROM))


def _cells(store: Store, expected: Floats, months: np.ndarray) -> pl.DataFrame:
    """outlet, category, month, units, minor: what is to be expected, at the net price of the month."""
    units = expected * (1 + store.parts.mean_extra)[None, :, None]
    category = np.array([FAMILIES[f].category for f in store.parts.family])
    everything = np.arange(len(store.parts))
    price = np.stack(
        [store.price(everything, np.full(len(everything), store.clock.month_starts[m])) for m in months],
        axis=1,
    )
    frames = []
    for name in CATEGORIES:
        chosen = category == name
        summed = units[:, chosen].sum(axis=1)
        minor = (units[:, chosen] * price[None, chosen]).sum(axis=1)
        outlet, month = (axis.ravel() for axis in np.indices(summed.shape))
        frames.append(
            pl.DataFrame(
                {"outlet": outlet, "month": months[month], "units": summed.ravel(), "minor": minor.ravel()}
            ).with_columns(category=pl.lit(name))
        )
    return pl.concat(frames).filter(pl.col("units") >= 0.5)


def _write_targets(books: Books, store: Store, cells: pl.DataFrame) -> None:
    """Issued a quarter before the one they are for; of collision parts one a year."""
    cells = cells.with_columns(
        date=store.clock.months_as_dates(cells["month"].to_numpy()), horizon=pl.lit("month")
    )
    yearly = (
        cells.filter(pl.col("category") == _BY_YEAR)
        .group_by("outlet", "category", date=pl.col("date").dt.truncate("1y"), maintain_order=True)
        .agg(pl.col("month").first(), (pl.col("units", "minor").mean() * 12), horizon=pl.lit("year"))
    )
    for measure, stretch in _STRETCH.items():
        for frame in (cells.filter(pl.col("category") != _BY_YEAR), yearly.select(cells.columns)):
            _open_targets(books, store, frame, measure, stretch)


def _open_targets(books: Books, store: Store, cells: pl.DataFrame, measure: str, stretch: float) -> None:
    month, outlet = cells["month"].to_numpy(), cells["outlet"].to_numpy()
    issued = np.maximum(store.clock.month_starts[month // 3 * 3 - 3] - 12, 1)
    books["parts_target"].open(
        cells.select(
            outlet_id=pl.Series(store.codes[outlet]),
            at=store.at(issued, 36_000),
            by=pl.lit(PLANNER),
            state=pl.lit("issued"),
            horizon="horizon",
            target_month="date",
            category="category",
            measure=pl.lit(measure),
            amount_minor=(pl.col("minor") * stretch).round().cast(pl.Int64),
            currency=pl.lit(store.where.currency),
            units=(pl.col("units") * stretch).ceil().cast(pl.Int64),
        ).with_columns(key=_key(f"PT{measure[0].upper()}", "target_month"))
    )


def _key(prefix: str, month: str) -> pl.Expr:
    stamp = pl.col(month).dt.strftime("%y%m")
    return pl.format(f"{prefix}-{{}}-{{}}-{{}}", "outlet_id", "category", stamp)


def _write_plans(books: Books, store: Store, rng: np.random.Generator, cells: pl.DataFrame) -> None:
    """Each month a round for the month after next; the two nearest ones of today are not merged yet."""
    sends = rng.random((len(store.outlets), store.clock.months)) < _SENDS
    lean = np.maximum(rng.normal(*_LEAN, (len(store.outlets), len(CATEGORIES))), 0.6)
    category = np.searchsorted(CATEGORIES, cells["category"].to_numpy().astype(str))
    outlet, month = cells["outlet"].to_numpy(), cells["month"].to_numpy()
    share = lean[outlet, category]
    rows = cells.with_columns(
        outlet_id=pl.Series(store.codes[outlet]),
        plan_month=store.clock.months_as_dates(month),
        retail_units=pl.Series(rng.poisson(cells["units"].to_numpy() * share)),
        requirement_units=pl.Series(rng.poisson(cells["units"].to_numpy() * share * 1.02)),
        day=pl.Series(store.clock.month_starts[month - 3] + 12 + outlet % 5),
    ).filter(pl.Series(sends[outlet, month]))
    day, outlet = rows["day"].to_numpy(), rows["outlet"].to_numpy()
    writer = store.people("parts", outlet)
    price = pl.col("minor") / pl.col("units")
    plans = rows.select(
        "outlet_id", "plan_month", "category", "retail_units", "requirement_units",
        amount_minor=(price * pl.col("requirement_units")).round().cast(pl.Int64),
        currency=pl.lit(store.where.currency), at=store.at(day, 33_000), by=pl.Series(writer),
    ).with_columns(key=_key("PPL", "plan_month"))  # fmt: skip
    book = books["parts_plan"]
    book.open(plans)
    head = plans.select("key", "outlet_id")
    region = f"region.{store.where.code.lower()}"
    book.move("submit", head.with_columns(at=store.at(day + 1, 34_000), by=pl.Series(writer)), step=1)
    merged = store.at(
        np.full(len(day), 0) + store.clock.month_starts[rows["month"].to_numpy() - 2] + 4, 35_000
    )
    book.move("merge", head.with_columns(at=merged, by=pl.lit(region)), step=2)
