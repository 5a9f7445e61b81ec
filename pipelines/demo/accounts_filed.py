"""Key accounts: fleets that buy several cars, and the projects dealers file for them.

In: the frame of sales. Out: which sales are a key account's, who the account is, and filings in the books:
those that led to deliveries, and some that were rejected, lost, ran out or still wait.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import polars as pl

from pipelines.demo.brand import SERIES
from pipelines.demo.catalogue import PLANNER
from pipelines.demo.clock import Bools, Ints
from pipelines.demo.events import Books
from pipelines.demo.scene import NEVER, Scene, numbered, optional

_SHARE = 0.65  # of sales that began without a lead
_CARS, _WITHIN = 4, 260  # of one project: cars at most, days from the first to the last
_DECIDED_AFTER, _WON_AFTER, _HOLDS = 5, 12, 240  # days after filing; of protection
_OPEN_DAYS = 210  # a project that began longer ago has had all its cars
_EVENING = 72_000  # a project is filed when its first order is signed, and the account written down
_WITHOUT_SALE = 2  # filings an outlet makes for nothing
_FATES = ("rejected", "lost", "runs_out", "holds", "waits")
_PROJECTS = ("Fleet renewal", "Pool cars", "Cars of the sales force", "Ride service", "Public tender")
_GRADES = ("A", "B", "C")


@dataclass(frozen=True)
class Accounts:
    """By row of `cars`: which project it is of (-1: none), and whose customer record it is bought for."""

    project: Ints
    customer: np.ndarray

    @property
    def is_key_account(self) -> Bools:
        found: Bools = self.project >= 0
        return found


def draw_accounts(
    rng: np.random.Generator, cars: pl.DataFrame, without_lead: Ints, customer: np.ndarray
) -> Accounts:
    """Sales without a lead put together by outlet and time; the first buyer of a project is the account."""
    chosen = without_lead[rng.random(len(without_lead)) < _SHARE]
    outlet, day = cars["outlet"].to_numpy(), cars["order_day"].to_numpy()
    chosen = chosen[np.lexsort((day[chosen], outlet[chosen]))]
    project = np.full(len(cars), -1)
    bought = customer.copy()
    number, first, count = -1, -1, 0
    for row in chosen.tolist():
        same = first >= 0 and outlet[row] == outlet[first] and day[row] - day[first] <= _WITHIN
        if not same or count == _CARS:
            number, first, count = number + 1, row, 0
        project[row], bought[row], count = number, customer[first], count + 1
    return Accounts(project, bought)


def write_filings(
    books: Books, scene: Scene, rng: np.random.Generator, cars: pl.DataFrame, accounts: Accounts
) -> None:
    """One filing per project, and a few that no sale follows."""
    followed = _followed(cars, accounts, scene.clock.cut_day - _OPEN_DAYS)
    vain = _in_vain(scene, rng, cars, accounts)
    rows = pl.concat([followed, vain.select(followed.columns)]).sort("filed_day", "outlet")
    _write(books, scene, rng, rows)


def _followed(cars: pl.DataFrame, accounts: Accounts, open_from: int) -> pl.DataFrame:
    """outlet, customer, filed_day, won_day, fate, lines: what was bought, lately with some more to come."""
    names = np.array([s.code for s in SERIES])
    bought = cars.select("outlet", "order_day").with_columns(
        series=pl.Series(names[cars["series"].to_numpy()]),
        project=pl.Series(accounts.project),
        customer=pl.Series(accounts.customer.astype(str)),
    )
    of_series = (
        bought.filter(pl.col("project") >= 0)
        .group_by("project", "outlet", "customer", "series", maintain_order=True)
        .agg(pl.len().alias("quantity"), pl.col("order_day").min())
        .with_columns(more=pl.when(pl.col("order_day") >= open_from).then(pl.col("project") % 3).otherwise(0))
        .with_columns(quantity=(pl.col("quantity") + pl.col("more")).cast(pl.Int64))
    )
    return (
        of_series.group_by("project", "outlet", "customer", maintain_order=True)
        .agg(won_day=pl.col("order_day").min(), lines=pl.struct("series", "quantity"))
        .select(
            "outlet", "customer", "won_day", "lines", filed_day="won_day",
            fate=pl.lit("won"),
        )
    )  # fmt: skip


def _in_vain(scene: Scene, rng: np.random.Generator, cars: pl.DataFrame, accounts: Accounts) -> pl.DataFrame:
    outlet = np.repeat(np.unique(cars["outlet"].to_numpy()), _WITHOUT_SALE)
    n = len(outlet)
    fate = rng.choice(_FATES, n)
    age = np.select(
        [fate == "waits", fate == "holds", fate == "runs_out"],
        [rng.integers(1, 20, n), rng.integers(30, _HOLDS, n), rng.integers(_HOLDS + 5, 420, n)],
        rng.integers(40, 400, n),
    )
    filed = scene.clock.cut_day - age
    home, ordered = cars["outlet"].to_numpy(), cars["order_day"].to_numpy()
    # whoever asks for a fleet has bought a car before: the outlet knows him
    known = [np.flatnonzero((home == o) & (ordered < day)) for o, day in zip(outlet, filed, strict=True)]
    kept = np.flatnonzero([len(rows) > 0 for rows in known])
    rows = np.array([rng.choice(known[n]) for n in kept], dtype=np.int64)
    outlet, fate, filed, n = outlet[kept], fate[kept], filed[kept], len(kept)
    series = np.array([s.code for s in SERIES])[cars["series"].to_numpy()[rows]]
    wanted = rng.integers(3, 12, n)
    return pl.DataFrame(
        {
            "outlet": outlet,
            "customer": accounts.customer[rows].astype(str),
            "won_day": np.full(n, NEVER),
            "filed_day": filed,
            "fate": fate,
            "lines": [[{"series": s, "quantity": q}] for s, q in zip(series, wanted.tolist(), strict=True)],
        }
    )


def _write(books: Books, scene: Scene, rng: np.random.Generator, rows: pl.DataFrame) -> None:
    outlet, filed, fate = (rows[c].to_numpy() for c in ("outlet", "filed_day", "fate"))
    n = len(rows)
    staff, manager = scene.people("consultant", outlet), scene.people("dealer_manager", outlet)
    head = pl.DataFrame({"key": numbered("KA", scene.codes, outlet), "outlet_id": scene.codes[outlet]})
    book = books["key_account_filing"]
    book.open(
        head.with_columns(
            at=scene.at(filed, _EVENING),
            by=staff,
            customer_id=rows["customer"],
            project=pl.Series(rng.choice(_PROJECTS, n)),
            filed_date=scene.dates(filed),
            decision_date=scene.dates(filed + 60),
            competitors=optional(rng.choice(["", "Two importers"], n)),
            lines=rows["lines"],
        )
    )
    decided = np.where(fate == "waits", NEVER, filed + _DECIDED_AFTER + outlet % 4)
    end = scene.clock.last_day + 30
    by_maker = head.with_columns(at=scene.at(np.minimum(decided, end), 40_000), by=pl.lit(PLANNER))
    confirmed = by_maker.with_columns(
        valid_to_date=scene.dates(filed + _HOLDS),
        discount_percent=pl.Series(rng.choice([4.0, 6.0, 8.0], n)),
        account_grade=pl.Series(rng.choice(_GRADES, n)),
    )
    book.move("confirm", confirmed.filter(~np.isin(fate, ["rejected", "waits"])), step=1)
    refused = by_maker.with_columns(reason=pl.lit("another outlet filed the project first"))
    book.move("reject", refused.filter(fate == "rejected"), step=1)
    won_day = np.minimum(rows["won_day"].to_numpy() + _WON_AFTER, end)
    won = head.with_columns(at=scene.at(won_day, 30_000), by=staff)
    book.move("win", won.filter(fate == "won"), step=2)
    lost = head.with_columns(
        at=scene.at(filed + 70, 41_000), by=manager, reason=pl.lit("decided for another brand")
    )
    book.move("lose", lost.filter(fate == "lost"), step=2)
    over = head.with_columns(at=scene.at(filed + _HOLDS + 1, 42_000), by=pl.lit(PLANNER))
    book.move("expire", over.filter(fate == "runs_out"), step=2)
