"""Products and parts: what can be ordered, what replaces what, and at which price.

Demand rates of parts fall by rank within their family (Pareto), so a few numbers move and most rest.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

import numpy as np
import polars as pl

from pipelines.demo.brand import BRAND, COLOURS, FAMILIES, MARKETS, SERIES, VARIANTS
from pipelines.demo.clock import HISTORY_MONTHS, Bools, Clock, Floats, Ints
from pipelines.demo.events import Books

PLANNER = "oem.planner.sami"
FINANCE = "oem.finance.ines"
_CHAINED = 0.10  # share of numbers that a successor replaces during history
_ANNOUNCED = (12, 40)  # days after the cut on which the next changes fall that are known already
_NOTICE_DAYS = 45  # from the announcement of a change to its day
_LAUNCH_DAYS = 25  # after the cut, when the one new part is first sold
_INTERCHANGE_MONTH = 24  # from when on two numbers may be given for one another


@dataclass(frozen=True)
class Parts:
    """The catalogue as columns, one entry a part number."""

    ids: list[str]
    family: Ints  # index into FAMILIES
    rate: Floats  # requests a month at a mean outlet, before the outlet's own taste
    mean_extra: Floats
    pack: Ints
    minimum: Ints
    cost_usd: Floats
    trend: Floats  # per year
    phase: Floats  # of its own season, months
    successor: Ints  # index of the number that replaces it, -1 for none
    predecessor: Ints
    factor: Ints  # successor units for one unit
    change_day: Ints  # day on which the successor takes over; far ahead when there is none
    start_day: Ints  # first day it may be asked for
    unpriced: Bools  # dealer price ended in one market and was not renewed
    recall: int  # the part of the recall
    launch: tuple[int, int]  # a number not sold yet, and the one it resembles

    def __len__(self) -> int:
        return len(self.ids)


def open_products(books: Books, clock: Clock) -> pl.DataFrame:
    """Product documents. Returns product_id, series, variant letter, weight, list price in USD."""
    rows, known = [], []
    for series in SERIES:
        launch = (
            clock.month(series.launch_month) if series.launch_month else clock.start - timedelta(days=900)
        )
        fades = series.run_out_month
        ended = fades is not None and clock.month(fades + series.fade_months) <= clock.until
        for variant, letter, share, factor in VARIANTS:
            for colour, weight in COLOURS:
                product_id = f"{series.code}-{variant[:3]}-{''.join(w[0] for w in colour.split())}"
                rows.append(
                    {
                        "key": product_id,
                        "brand": BRAND,
                        "series": series.code,
                        "model": series.model,
                        "variant": f"{series.code}-{variant}",
                        "colour": colour,
                        "model_year": launch.year,
                        "predecessor_series": series.predecessor,
                        "launch_date": launch,
                        "list_price_minor": round(series.list_price_usd * factor) * 100,
                        "currency": "USD",
                        "launch_month": series.launch_month or 0,
                        "run_out_month": fades,
                        "end_month": fades + series.fade_months if ended and fades is not None else None,
                    }
                )
                price = series.list_price_usd * factor
                known.append((product_id, series.code, series.vds + letter, share * weight, price))
    frame = pl.DataFrame(rows, infer_schema_length=None)
    _open_lives(books, frame, clock)
    return pl.DataFrame(known, schema=["product_id", "series", "vds", "weight", "price_usd"], orient="row")


def _open_lives(books: Books, frame: pl.DataFrame, clock: Clock) -> None:
    """Launch, run-out and end at the months of the series."""
    book, plain = books["product"], frame.drop("launch_month", "run_out_month", "end_month")
    at = pl.lit(clock.start - timedelta(days=350)).cast(pl.Datetime("us")).dt.replace_time_zone("UTC")
    planned = frame["launch_month"] > 0
    state = pl.when(planned).then(pl.lit("planned")).otherwise(pl.lit("on_sale"))
    book.open(plain.with_columns(at=at, by=pl.lit(PLANNER), state=state))
    for move, column in (("launch", "launch_month"), ("run_out", "run_out_month"), ("end", "end_month")):
        due = frame.filter(pl.col(column).is_not_null() & (pl.col(column) > 0))
        if due.is_empty():
            continue
        day = clock.month_starts[due[column].to_numpy().astype(np.int64)]
        moved = due.select("key").with_columns(
            at=clock.instants(np.zeros(len(due), dtype=np.int64), day, 8 * 3600), by=pl.lit(PLANNER)
        )
        if move == "run_out":
            moved = moved.with_columns(run_out_date=clock.dates(day + 120))
        book.move(move, moved, step=1)


def build_parts(count: int, requests_a_month: float, clock: Clock, seed: int) -> Parts:
    """`count` numbers; the rates of all together give about `requests_a_month` at a mean outlet."""
    rng = np.random.default_rng([seed, 3])
    share = np.array([f.share for f in FAMILIES])
    family = np.sort(rng.choice(len(FAMILIES), size=count, p=share / share.sum()))
    rank = np.concatenate([np.arange(1, n + 1) for n in np.bincount(family, minlength=len(FAMILIES))])
    rate = np.array([f.rate for f in FAMILIES])[family] * rank**-1.15 * rng.lognormal(0, 0.35, count)
    rate *= requests_a_month / rate.sum()
    low, high = (np.array([f.price_usd[i] for f in FAMILIES])[family] for i in (0, 1))
    pack = np.array([rng.choice(FAMILIES[f].packs) for f in family])
    successor, factor, change = _chains(rng, rate, rank, count, clock)
    predecessor = np.full(count, -1)
    predecessor[successor[successor >= 0]] = np.flatnonzero(successor >= 0)
    cost = low + (high - low) * rng.random(count)
    _resemble(predecessor, family, pack, cost)
    start = np.where(predecessor >= 0, change[predecessor], -400)
    # a successor is released when it is announced, so that it can lie there on the day
    start = np.where(start >= clock.cut_day, start - _NOTICE_DAYS, start)
    unpriced = (rng.random(count) < 0.02) & (successor < 0)
    recall = int(np.flatnonzero((family == 8) & (successor < 0) & (predecessor < 0))[0])
    launch = _launch((successor < 0) & (predecessor < 0) & ~unpriced, recall, family, rate)
    rate[launch[0]], start[launch[0]] = 0.0, clock.cut_day - _NOTICE_DAYS
    return Parts(
        ids=[f"{FAMILIES[f].name[:2].upper()}{10_000 + 7 * n:05d}" for n, f in enumerate(family)],
        family=family, rate=rate, mean_extra=np.array([f.mean_extra for f in FAMILIES])[family],
        pack=pack, minimum=np.where(rng.random(count) < 0.15, pack * 2, pack),
        cost_usd=cost, trend=rng.normal(0.02, 0.10, count),
        phase=rng.uniform(-0.7, 0.7, count), successor=successor, predecessor=predecessor, factor=factor,
        change_day=change, start_day=start, unpriced=unpriced,
        recall=recall, launch=launch,
    )  # fmt: skip


def _launch(single: Bools, recall: int, family: Ints, rate: Floats) -> tuple[int, int]:
    """Of numbers that stand alone the rarest of the busiest family, and the busiest, which it resembles."""
    alone = np.flatnonzero(single)
    alone = alone[alone != recall]
    several = alone[np.bincount(family[alone])[family[alone]] > 1]
    alike = int(several[np.argmax(rate[several])])
    kin = several[(family[several] == family[alike]) & (several != alike)]
    return int(kin[np.argmin(rate[kin])]), alike


def _resemble(predecessor: Ints, family: Ints, pack: Ints, cost: Floats) -> None:
    """A successor is of its predecessor's family and packing, at a slightly higher price."""
    for _hop in range(2):
        new = np.flatnonzero(predecessor >= 0)
        family[new], pack[new] = family[predecessor[new]], pack[predecessor[new]]
        cost[new] = cost[predecessor[new]] * 1.05


def _chains(
    rng: np.random.Generator, rate: Floats, rank: Ints, count: int, clock: Clock
) -> tuple[Ints, Ints, Ints]:
    """Successor, factor and day of change. A third of the chains have a second hop."""
    successor, factor = np.full(count, -1), np.ones(count, dtype=np.int64)
    change = np.full(count, 10**6)
    chains = max(3, int(count * _CHAINED / 2))
    # the rarest numbers of each family give their place to the successors
    free = np.argsort(-rank, kind="stable")[: chains * 2].tolist()
    olds = [int(p) for p in np.argsort(rank, kind="stable") if p not in free][1 : 4 * chains : 3][:chains]
    for n, old in enumerate(olds):
        new = free.pop()
        successor[old], factor[old] = new, 2 if n % 5 == 2 else 1
        change[old] = int(clock.month_starts[rng.integers(9, 24)]) + int(rng.integers(0, 25))
        rate[new] = 0.0
        if n % 3 == 0:
            last = free.pop()
            successor[new], rate[last] = last, 0.0
            change[new] = change[old] + int(rng.integers(200, 330))
    # two chains of one hop, one of them two for one, change only after the last day
    change[olds[1]], change[olds[2]] = (clock.cut_day + days for days in _ANNOUNCED)
    return successor, factor, change


def announced_changes(parts: Parts, clock: Clock) -> list[dict[str, object]]:
    """Truth: supersessions that are known and have not taken effect yet."""
    days = clock.dates(np.minimum(parts.change_day, clock.cut_day + max(_ANNOUNCED)))
    return [
        {
            "part_id": parts.ids[old], "successor_part_id": parts.ids[parts.successor[old]],
            "factor": int(parts.factor[old]), "valid_from_date": days[int(old)].isoformat(),
        }
        for old in np.flatnonzero((parts.successor >= 0) & (parts.change_day >= clock.cut_day))
    ]  # fmt: skip


def interchangeable(parts: Parts) -> tuple[int, int]:
    """Two numbers of one family that may be given for one another, both ways."""
    single = (parts.successor < 0) & (parts.predecessor < 0) & ~parts.unpriced
    single[[parts.recall, *parts.launch]] = False
    family = parts.family[np.flatnonzero(single)]
    first = int(np.flatnonzero(family[1:] == family[:-1])[0])
    one, other = np.flatnonzero(single)[first : first + 2]
    return int(one), int(other)


def open_parts(books: Books, parts: Parts, clock: Clock, seed: int) -> None:
    """Part, relation and price documents."""
    rng = np.random.default_rng([seed, 4])
    n = len(parts)
    names = [FAMILIES[f] for f in parts.family]
    draw = rng.random(n)
    vital = draw < np.array([f.vital for f in names])
    essential = draw < np.array([f.vital + f.essential for f in names])
    opened = clock.start - timedelta(days=330)
    zeros = np.zeros(n, dtype=np.int64)
    frame = pl.DataFrame(
        {
            "key": parts.ids,
            "part_no": [f"{p[:2]}-{p[2:5]}-{p[5:]}" for p in parts.ids],
            "description": [f"{f.name} {i % 97:02d}" for i, f in enumerate(names)],
            "category": [f.category for f in names],
            "criticality": np.where(vital, "vital", np.where(essential, "essential", "desirable")),
            "pack_size": parts.pack,
            "minimum_quantity": parts.minimum,
            "is_returnable": rng.random(n) < 0.8,
            "shelf_life_days": [1095 if f.name == "Battery" else None for f in names],
            "introduced_date": clock.dates(np.maximum(parts.start_day, -900)),
            "state": np.where(parts.start_day > 0, "planned", "active"),
        }
    )
    book = books["part"]
    early = clock.instants(zeros, np.full(n, -330), np.arange(n))
    book.open(frame.with_columns(at=early, by=pl.lit(PLANNER)))
    due = {"release": parts.start_day, "run_out": parts.change_day, "retire": parts.change_day + 400}
    for step, (move, day) in enumerate(due.items(), start=1):
        rows = np.flatnonzero((day > 0) & (day < clock.last_day))
        at = clock.instants(zeros[rows], day[rows], 7 * 3600)
        book.move(move, frame[rows].select("key").with_columns(at=at, by=pl.lit(PLANNER)), step=step)
    _open_relations(books, parts, clock)
    _open_launch(books, parts, clock)
    _open_prices(books, parts, clock, vital=vital, opened_day=(opened - clock.start).days)


def _open_relations(books: Books, parts: Parts, clock: Clock) -> None:
    old = np.flatnonzero(parts.successor >= 0)
    announced = parts.change_day[old] - _NOTICE_DAYS
    books["part_relation"].open(
        pl.DataFrame(
            {
                "key": [f"REL-{parts.ids[i]}" for i in old],
                "part_id": [parts.ids[i] for i in old],
                "successor_part_id": [parts.ids[parts.successor[i]] for i in old],
                "preceding_quantity": np.ones(len(old), dtype=np.int64),
                "succeeding_quantity": parts.factor[old],
            }
        ).with_columns(
            at=clock.instants(np.zeros(len(old), dtype=np.int64), announced, 9 * 3600),
            by=pl.lit(PLANNER),
            relation_type=pl.lit("supersession"),
            direction=pl.lit("one_way"),
            use_up=pl.lit("use_up_first"),
            valid_from_date=clock.dates(parts.change_day[old]),
        )
    )
    _open_interchange(books, parts, clock)


def launched_part(parts: Parts, clock: Clock) -> dict[str, object]:
    """Truth: the one new part, the one it resembles, and its first day of sale."""
    new, alike = (parts.ids[n] for n in parts.launch)
    day = clock.until + timedelta(days=_LAUNCH_DAYS)
    return {"part_id": new, "analogous_part_id": alike, "launch_date": day.isoformat()}


def _open_launch(books: Books, parts: Parts, clock: Clock) -> None:
    told = launched_part(parts, clock)
    planned = np.array([clock.cut_day - _NOTICE_DAYS])
    frame = pl.DataFrame([told]).with_columns(pl.col("launch_date").str.to_date())
    books["part_launch_plan"].open(
        frame.with_columns(
            key=pl.lit("PLP-1"), state=pl.lit("approved"), region_path=pl.lit("MEA"), ramp_months=pl.lit(3),
            scale_percent=pl.lit(60.0), note=pl.lit("For the new engine; fitted as the old one is."),
            by=pl.lit(PLANNER), at=clock.instants(np.zeros(1, dtype=np.int64), planned, 10 * 3600),
        )
    )  # fmt: skip


def _open_interchange(books: Books, parts: Parts, clock: Clock) -> None:
    one, other = interchangeable(parts)
    day = clock.month_starts[[_INTERCHANGE_MONTH]]
    books["part_relation"].open(
        pl.DataFrame(
            {
                "key": [f"REL-{parts.ids[one]}-{parts.ids[other]}"], "part_id": [parts.ids[one]],
                "successor_part_id": [parts.ids[other]], "relation_type": ["interchange"],
                "direction": ["two_way"], "preceding_quantity": [1], "succeeding_quantity": [1],
                "use_up": ["use_up_first"], "by": [PLANNER],
            }
        ).with_columns(
            at=clock.instants(np.zeros(1, dtype=np.int64), day, 9 * 3600), valid_from_date=clock.dates(day)
        )
    )  # fmt: skip


def price_minor(cost_usd: Floats, market: int, *, markup: float = 1.0) -> Ints:
    """Minor units of the market's currency, at the brand's planning rate; at least one."""
    m = MARKETS[market]
    minor: Ints = np.maximum(1, np.rint(cost_usd * markup * m.usd_rate * 10**m.minor_digits)).astype(np.int64)
    return minor


RISE_MONTH = 18  # when dealer prices rose once, by four percent
RISE = 1.04


def _open_prices(books: Books, parts: Parts, clock: Clock, *, vital: Bools, opened_day: int) -> None:
    """Dealer net in two steps, retail, and emergency for vital parts; by market."""
    rise_day = int(clock.month_starts[RISE_MONTH])
    lapse_day = clock.cut_day - 20
    everything = np.ones(len(parts), dtype=bool)
    for m in range(len(MARKETS)):
        steps = (
            ("dealer_net", "A", opened_day, 1.0, everything),
            ("dealer_net", "B", rise_day, RISE, everything),
            ("retail", "R", opened_day, 1.6, everything),
            ("emergency", "E", opened_day, 1.25, vital),
        )
        for kind, letter, day, markup, chosen in steps:
            _open_price(books, parts, clock, (m, kind, letter, day, markup), np.flatnonzero(chosen))
        _end_price(books, parts, clock, (m, "A", rise_day), np.arange(len(parts)))
        if m == 1:
            _end_price(books, parts, clock, (m, "B", lapse_day), np.flatnonzero(parts.unpriced))


def _open_price(
    books: Books, parts: Parts, clock: Clock, step: tuple[int, str, str, int, float], rows: Ints
) -> None:
    m, kind, letter, day, markup = step
    books["part_price"].open(
        pl.DataFrame(
            {
                "key": [f"PP-{MARKETS[m].code}-{parts.ids[i]}-{letter}" for i in rows],
                "part_id": [parts.ids[i] for i in rows],
                "price_minor": price_minor(parts.cost_usd[rows], m, markup=markup),
            }
        ).with_columns(
            at=clock.instants(np.full(len(rows), m), np.full(len(rows), day), 6 * 3600),
            by=pl.lit(FINANCE),
            market=pl.lit(MARKETS[m].code),
            price_type=pl.lit(kind),
            currency=pl.lit(MARKETS[m].currency),
            valid_from_date=clock.dates(np.full(len(rows), day)),
        )
    )


def _end_price(books: Books, parts: Parts, clock: Clock, step: tuple[int, str, int], rows: Ints) -> None:
    m, letter, day = step
    keys = [f"PP-{MARKETS[m].code}-{parts.ids[i]}-{letter}" for i in rows]
    books["part_price"].move(
        "end",
        pl.DataFrame({"key": keys}, schema={"key": pl.String}).with_columns(
            at=clock.instants(np.full(len(rows), m), np.full(len(rows), day), 6 * 3600),
            by=pl.lit(FINANCE),
            valid_to_date=clock.dates(np.full(len(rows), day - 1)),
        ),
        step=1,
    )


assert HISTORY_MONTHS > RISE_MONTH
