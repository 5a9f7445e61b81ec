"""The way to a sale: visits, leads, test drives, quotations.

In: the frame of sales and, from the same demand, leads that will not buy. Out: lines in the books.
"""

from __future__ import annotations

import numpy as np
import polars as pl

from pipelines.demo.brand import COMPETITORS, LEAD_SOURCES, LOST_REASONS, SERIES
from pipelines.demo.clock import Floats, Ints
from pipelines.demo.events import Books
from pipelines.demo.people import Population
from pipelines.demo.scene import Scene, numbered, optional

_LOSERS_PER_SALE = 1.6
_WALKERS_PER_SALE = 1.6  # parties that leave nothing behind
_LEVELS = np.array(["H", "A", "B", "C"])
WON, INVALID, DUPLICATE, LOST, RESTING = range(5)


def draw_leads(rng: np.random.Generator, scene: Scene, cars: pl.DataFrame, expected: Floats) -> pl.DataFrame:
    """One row a lead: outlet, series, day, second, source, fate, end_day, sale (row of `cars` or -1)."""
    won = np.flatnonzero(rng.random(len(cars)) < 0.85)
    order_day = cars["order_day"].to_numpy()[won]
    lag = 4 + np.minimum(np.rint(rng.lognormal(2.3, 0.8, len(won))), 120).astype(np.int64)
    count = rng.poisson(expected * _LOSERS_PER_SALE)
    outlet, series, month = (np.repeat(a.ravel(), count.ravel()) for a in np.indices(expected.shape))
    n = len(outlet)
    day = scene.clock.month_starts[month] + (rng.random(n) * 28).astype(np.int64)
    fate = rng.choice([INVALID, DUPLICATE, LOST, RESTING], n, p=[0.14, 0.07, 0.51, 0.28])
    winners = pl.DataFrame(
        {
            "outlet": cars["outlet"].to_numpy()[won],
            "series": cars["series"].to_numpy()[won],
            "day": order_day - lag,
            "fate": np.full(len(won), WON),
            "end_day": order_day,
            "sale": won,
        }
    )
    losers = pl.DataFrame(
        {
            "outlet": outlet,
            "series": series,
            "day": day,
            "fate": fate,
            "end_day": day + np.where(fate == LOST, rng.integers(6, 70, n), rng.integers(25, 100, n)),
            "sale": np.full(n, -1),
        }
    )
    leads = pl.concat([winners, losers])
    names, shares = zip(*LEAD_SOURCES, strict=True)
    leads = leads.with_columns(
        second=rng.integers(8 * 3600, 19 * 3600, len(leads)),
        source=pl.Series(rng.choice(names, len(leads), p=shares)),
    )
    return leads.sort("day", "second", "outlet", "sale").with_columns(
        has_record=pl.Series(rng.random(len(leads)) < 0.35) | (pl.col("sale") >= 0),
        draw=pl.Series(rng.integers(0, 1000, len(leads))),
        reply=pl.Series(np.minimum(rng.exponential(9 * 3600, (len(leads), 3)).sum(axis=1), 2 * 86_400)).cast(
            pl.Int64
        ),
        is_revived=pl.Series(rng.random(len(leads)) < 0.06),
    )


def write_leads(
    books: Books,
    scene: Scene,
    leads: pl.DataFrame,
    customer: np.ndarray,
    population: Population,
    person: Ints,
) -> np.ndarray:
    """Lead documents. `customer` is empty where nobody was written down. Returns the keys."""
    outlet, day = leads["outlet"].to_numpy(), leads["day"].to_numpy()
    second, fate = leads["second"].to_numpy(), leads["fate"].to_numpy()
    draw = leads["draw"].to_numpy()
    keys = numbered("LD", scene.codes, outlet)
    staff = scene.people("consultant", outlet, draw)
    manager = scene.people("dealer_manager", outlet)
    head = pl.DataFrame({"key": keys, "outlet_id": scene.codes[outlet]})
    names = [population.persons[p] for p in person.tolist()]
    given = population.names.given
    book = books["lead"]
    book.open(
        head.with_columns(
            at=scene.at(day, second),
            arrived_at=scene.at(day, second),
            by=staff,
            source=leads["source"],
            campaign=optional(np.where(leads["source"].to_numpy() == "event", _campaigns(scene, day), "")),
            customer_id=optional(customer),
            contact_name=pl.Series([given[p.given][0] for p in names], dtype=pl.String),
            contact_phone=pl.Series([p.phone for p in names], dtype=pl.String),
            series=np.array([s.code for s in SERIES])[leads["series"].to_numpy()],
        )
    )
    valid = fate != INVALID
    step = leads["reply"].to_numpy() // 3
    seen = head.with_columns(by=pl.Series(staff))
    book.move("invalidate", seen.with_columns(at=scene.at(day, second + step + 60)).filter(~valid), step=1)
    level = pl.Series(_LEVELS[np.where(fate == WON, draw % 2, 1 + draw % 3)])
    validated = seen.with_columns(at=scene.at(day, second + step + 60), level=level)
    book.move("validate", validated.filter(valid), step=1)
    doubled = fate == DUPLICATE
    book.move(
        "mark_duplicate", seen.with_columns(at=scene.at(day, second + step + 600)).filter(doubled), step=2
    )
    real = valid & ~doubled
    assigned = head.with_columns(at=scene.at(day, second + 2 * step + 120), by=manager, staff_id=staff)
    book.move("assign", assigned.filter(real), step=3)
    followed = seen.with_columns(at=scene.at(day, second + 3 * step + 180)).with_columns(
        first_contact_at=pl.col("at")
    )
    book.move("follow", followed.filter(real), step=4)
    _write_ends(books, scene, leads, head, staff, manager)
    return keys


def _campaigns(scene: Scene, day: Ints) -> np.ndarray:
    quarter = np.maximum(day, 0) // 91
    codes: np.ndarray = np.array([f"EV-{scene.where.code}-{n:02d}" for n in range(40)])[quarter]
    return codes


def _write_ends(
    books: Books,
    scene: Scene,
    leads: pl.DataFrame,
    head: pl.DataFrame,
    staff: np.ndarray,
    manager: np.ndarray,
) -> None:
    """Won, lost or asleep; a few are woken again and fall asleep for good."""
    fate, end, draw = (leads[c].to_numpy() for c in ("fate", "end_day", "draw"))
    second = 36_000 + draw * 20
    book = books["lead"]
    ended = head.with_columns(at=scene.at(end, second), by=pl.Series(staff))
    won_second = np.zeros(len(leads), dtype=np.int64) + 35_900
    book.move(
        "win",
        head.with_columns(at=scene.at(end, won_second), by=pl.Series(staff)).filter(fate == WON),
        step=5,
    )
    reason = draw % len(LOST_REASONS)
    rival = np.where(reason == 1, np.array(COMPETITORS)[draw % len(COMPETITORS)], "")
    lost = ended.with_columns(
        by=pl.Series(manager),
        lost_reason=pl.Series(np.array(LOST_REASONS)[reason]),
        competitor=optional(rival),
    )
    book.move("lose", lost.filter(fate == LOST), step=5)
    book.move("rest", ended.filter(fate == RESTING), step=5)
    woken = np.isin(fate, [LOST, RESTING]) & leads["is_revived"].to_numpy()
    again = head.with_columns(at=scene.at(end + 20, second), by=pl.Series(manager)).filter(woken)
    book.move("reactivate", again, step=6)
    asleep = head.with_columns(at=scene.at(end + 55, second), by=pl.Series(staff)).filter(woken)
    book.move("rest", asleep, step=7)


def write_test_drives(
    books: Books,
    scene: Scene,
    rng: np.random.Generator,
    leads: pl.DataFrame,
    keys: np.ndarray,
    demo: pl.DataFrame,
) -> None:
    """Drives of winners and of some others; those ahead are booked."""
    fate, day, end = (leads[c].to_numpy() for c in ("fate", "day", "end_day"))
    chance = np.select([fate == WON, np.isin(fate, [LOST, RESTING])], [0.6, 0.24], 0.0)
    rows = np.flatnonzero((rng.random(len(leads)) < chance) & (end - day >= 4))
    slot = day[rows] + 3 + (rng.random(len(rows)) * (end - day - 3)[rows]).astype(np.int64)
    second = rng.integers(9, 17, len(rows)) * 3600
    outlet = leads["outlet"].to_numpy()[rows]
    is_past = slot < scene.clock.cut_day
    missed = rng.random(len(rows)) < 0.13
    first_demo = np.zeros(len(scene.outlets), dtype=np.int64)
    first_demo[demo["outlet"].to_numpy()[::-1]] = np.arange(len(demo))[::-1]
    done = is_past & ~missed
    books["test_drive"].open(
        pl.DataFrame(
            {"key": numbered("TD", scene.codes, outlet), "outlet_id": scene.codes[outlet]}
        ).with_columns(
            at=scene.at(np.where(is_past, slot, slot - 3), second + np.where(is_past, 3600, 0)),
            by=scene.people("consultant", outlet, leads["draw"].to_numpy()[rows]),
            state=pl.Series(np.select([done, is_past], ["done", "no_show"], "booked")),
            lead_id=keys[rows],
            vin=demo["vin"].to_numpy()[first_demo[outlet] + rows % 2],
            slot_at=scene.at(slot, second),
            has_consent=pl.Series(done),
            score=pl.Series(np.where(done, rng.choice([6, 7, 8, 9, 10], len(rows)), 0)).replace(0, None),
        )
    )


def write_quotations(
    books: Books,
    scene: Scene,
    rng: np.random.Generator,
    leads: pl.DataFrame,
    keys: np.ndarray,
    cars: pl.DataFrame,
    products: pl.DataFrame,
) -> None:
    """Offers: accepted by who buys, rejected or expired else, still out when recent."""
    fate, day, end, sale = (leads[c].to_numpy() for c in ("fate", "day", "end_day", "sale"))
    chance = np.select([fate == WON, fate == LOST, fate == RESTING], [0.9, 0.4, 0.25], 0.0)
    rows = np.flatnonzero(rng.random(len(leads)) < chance)
    made = np.maximum(day + 3, end - rng.integers(1, 9, len(leads)))[rows]
    first = products.with_row_index("row").group_by("series", maintain_order=True).agg(pl.col("row").min())
    of_series = dict(first.iter_rows())
    other = np.array([of_series[s.code] for s in SERIES])[leads["series"].to_numpy()[rows]]
    product = np.where(sale[rows] >= 0, cars["product"].to_numpy()[np.maximum(sale[rows], 0)], other)
    price = scene.car_price(products, product, made)
    outlet = leads["outlet"].to_numpy()[rows]
    is_open = made + 14 >= scene.clock.cut_day
    answered = np.where(rng.random(len(rows)) < 0.5, "rejected", "expired")
    is_won = (fate[rows] == WON) & (end[rows] < scene.clock.cut_day)
    books["quotation"].open(
        pl.DataFrame(
            {"key": numbered("QU", scene.codes, outlet), "outlet_id": scene.codes[outlet]}
        ).with_columns(
            at=scene.at(made, 43_200),
            by=scene.people("consultant", outlet, leads["draw"].to_numpy()[rows]),
            state=pl.Series(np.select([is_won, is_open], ["accepted", "sent"], answered)),
            lead_id=keys[rows],
            product_id=products["product_id"].to_numpy()[product],
            price_minor=price,
            discount_minor=pl.Series(price * rng.choice([0, 1, 2, 3, 5], len(rows)) // 100),
            currency=pl.lit(scene.where.currency),
            valid_to_date=scene.dates(made + 14),
        )
    )


def write_visits(
    books: Books,
    scene: Scene,
    rng: np.random.Generator,
    leads: pl.DataFrame,
    keys: np.ndarray,
    customer: np.ndarray,
    expected: Floats,
) -> None:
    """Parties at the door: with a lead, and passers-by."""
    source, fate = leads["source"].to_numpy(), leads["fate"].to_numpy()
    walked = source == "walk_in"
    came = np.isin(fate, [WON, LOST, RESTING]) & (walked | (rng.random(len(leads)) < 0.45))
    rows = np.flatnonzero(came)
    late = np.where(walked[rows], 0, 3)
    known = pl.DataFrame(
        {
            "outlet": leads["outlet"].to_numpy()[rows],
            "day": leads["day"].to_numpy()[rows] + late,
            # a walk-in is seen first and written down as a lead a few minutes later
            "second": leads["second"].to_numpy()[rows] + 600,
            "visit_type": np.where(
                walked[rows], "first", np.where(source[rows] == "referral", "referral", "lead_invite")
            ),
            "source": source[rows],
            "lead_id": keys[rows],
            "customer_id": customer[rows],
            "has_card": np.ones(len(rows), dtype=bool),
        }
    )
    count = rng.poisson(expected.sum(axis=1) * _WALKERS_PER_SALE)
    outlet, month = (np.repeat(a.ravel(), count.ravel()) for a in np.indices(count.shape))
    n = len(outlet)
    passing = pl.DataFrame(
        {
            "outlet": outlet,
            "day": scene.clock.some_working_day(rng, np.full(n, scene.market), month),
            "second": rng.integers(9 * 3600, 19 * 3600, n),
            "visit_type": rng.choice(["first", "return", "phone"], n, p=[0.7, 0.2, 0.1]),
            "source": rng.choice(["walk_in", "event", "website"], n, p=[0.8, 0.1, 0.1]),
            "lead_id": [""] * n,
            "customer_id": [""] * n,
            "has_card": rng.random(n) < 0.2,
        },
        schema_overrides={"lead_id": pl.String, "customer_id": pl.String},
    )
    visits = pl.concat([known, passing]).sort("day", "second", "outlet")
    _post_visits(books, scene, rng, visits)


def _post_visits(books: Books, scene: Scene, rng: np.random.Generator, visits: pl.DataFrame) -> None:
    outlet, day, second = (visits[c].to_numpy() for c in ("outlet", "day", "second"))
    stay = np.minimum(rng.exponential(35 * 60, len(visits)), 3 * 3600).astype(np.int64)
    is_open = (day == scene.clock.cut_day - 1) & (rng.random(len(visits)) < 0.2)
    left = scene.at(day, second + stay)
    books["traffic_visit"].open(
        pl.DataFrame(
            {"key": numbered("TV", scene.codes, outlet), "outlet_id": scene.codes[outlet]}
        ).with_columns(
            at=scene.at(day, second + np.where(is_open, 0, stay)),
            by=scene.people("consultant", outlet, day),
            state=pl.Series(np.where(is_open, "open", "closed")),
            arrived_at=scene.at(day, second),
            left_at=pl.DataFrame({"left": left, "open": is_open})
            .select(pl.when(~pl.col("open")).then("left"))
            .to_series(),
            party_size=pl.Series(rng.choice([1, 2, 3, 4], len(visits), p=[0.35, 0.4, 0.15, 0.1])),
            visit_type=visits["visit_type"],
            source=visits["source"],
            staff_id=scene.people("consultant", outlet, day),
            customer_id=optional(visits["customer_id"].to_numpy()),
            lead_id=optional(visits["lead_id"].to_numpy()),
            has_card=visits["has_card"],
        )
    )
