"""The workshop: which car comes when, what is done and claimed.

In: requests for parts from the workshop and what became of them, and the cars around. Out: appointments,
repair orders and warranty claims that name the very parts the store handed out.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import polars as pl

from pipelines.demo.brand import COMPLAINTS, RECALL_SERIES, REJECT_REASONS, SERIES
from pipelines.demo.catalogue import FINANCE, price_minor
from pipelines.demo.clock import Bools, Ints
from pipelines.demo.demand import ASK_AHEAD_DAYS, Requests
from pipelines.demo.events import Books
from pipelines.demo.parts_documents import Store
from pipelines.demo.scene import numbered, optional
from pipelines.demo.stock import Outcome

QUALITY = "oem.quality.lena"
KNOWN_DAYS = 15  # a car is known to the workshop this long before it comes
_PER_ORDER = 3  # requests that share a repair order at most
_BARE = 0.14  # orders without parts, per request of the workshop
_RATE_USD = 38.0  # labour, an hour
_RETAIL = 1.6
_MISREAD = 200  # one odometer reading in so many


@dataclass(frozen=True)
class Visits:
    """Repair orders of a block, sorted by day and second, and the order of each request (-1: none)."""

    frame: pl.DataFrame  # key, outlet, day, second, row of the car, is_recall
    order_of: Ints

    def keys_of(self) -> np.ndarray:
        """Repair order of each request, the empty text where there is none."""
        keys = np.concatenate([self.frame["key"].to_numpy().astype(str), [""]])
        return keys[self.order_of]


def draw_visits(rng: np.random.Generator, store: Store, requests: Requests, cars: pl.DataFrame) -> Visits:
    """Group the workshop's requests into repair orders and give each a car.

    cars: outlet, vin, customer, from_day, delivered_day, series, km_a_day, loyalty.
    """
    shop = np.flatnonzero((requests.channel == 0) | (requests.channel == 4))
    asked = pl.DataFrame(
        {
            "row": shop,
            "outlet": requests.outlet[shop],
            "day": requests.day[shop],
            "second": requests.second[shop],
            "is_recall": requests.recall[shop],
        }
    )
    rank = pl.int_range(pl.len()).over("outlet", "day", "is_recall")
    group = pl.when("is_recall").then(1000 + rank).otherwise(rank // _PER_ORDER).alias("slot")
    asked = asked.with_columns(group)
    orders = asked.group_by("outlet", "day", "slot", maintain_order=True).agg(
        (pl.col("second").min() - 1800).alias("second"),
        pl.col("second").max().alias("last_second"),
        pl.col("is_recall").first(),
    )
    orders = pl.concat([orders, _bare_orders(rng, store, len(shop), orders)], how="vertical_relaxed")
    orders = orders.sort("day", "second", "outlet", "slot").with_row_index("order")
    outlet = orders["outlet"].to_numpy()
    car = _pick_cars(rng, orders, cars, len(store.outlets))
    orders = orders.with_columns(key=pl.Series(numbered("JO", store.codes, outlet)), car=car)
    found = asked.join(orders.select("order", "outlet", "day", "slot"), on=["outlet", "day", "slot"])
    order_of = np.full(len(requests), -1)
    order_of[found["row"].to_numpy()] = found["order"].to_numpy()
    return Visits(orders, order_of)


def _bare_orders(rng: np.random.Generator, store: Store, requests: int, like: pl.DataFrame) -> pl.DataFrame:
    """Inspections and washes: labour alone."""
    serving = np.array([i for i, o in enumerate(store.outlets) if o.serves])
    n = int(requests * _BARE)
    second = rng.integers(8 * 3600, 15 * 3600, n)
    frame = pl.DataFrame(
        {
            "outlet": rng.choice(serving, n),
            "day": rng.integers(0, store.clock.cut_day + ASK_AHEAD_DAYS, n),
            "slot": 2000 + np.arange(n),
            "second": second,
            "last_second": second + 3600,
            "is_recall": np.zeros(n, dtype=bool),
        }
    )
    is_sunday = (store.clock.start.toordinal() + pl.col("day")) % 7 == 0
    return frame.filter(~is_sunday).select(like.columns)


def _pick_cars(rng: np.random.Generator, orders: pl.DataFrame, cars: pl.DataFrame, outlets: int) -> pl.Series:
    """A row of `cars` for each order: one the outlet has known a while; recalls take their series.

    Who is loyal and who drives much comes more often.
    """
    keen = (cars["loyalty"] * cars["km_a_day"]).to_numpy()
    picked = np.zeros(len(orders), dtype=np.int64)
    outlet, day = orders["outlet"].to_numpy(), orders["day"].to_numpy() - KNOWN_DAYS
    recall = orders["is_recall"].to_numpy()
    recalled = cars["series"].to_numpy() == [s.code for s in SERIES].index(RECALL_SERIES)
    for o in range(outlets):
        own = np.flatnonzero(cars["outlet"].to_numpy() == o)
        own = own[np.argsort(cars["from_day"].to_numpy()[own], kind="stable")]
        for wanted in (False, True):
            rows = np.flatnonzero((outlet == o) & (recall == wanted))
            pool = own[recalled[own]] if wanted and recalled[own].any() else own
            known = np.searchsorted(cars["from_day"].to_numpy()[pool], day[rows], side="right")
            if len(rows):
                upto = np.cumsum(keen[pool])
                aim = rng.random(len(rows)) * upto[np.maximum(known, 1) - 1]
                picked[rows] = pool[np.searchsorted(upto, aim)]
    return pl.Series(picked)


def write_service(
    books: Books,
    store: Store,
    rng: np.random.Generator,
    requests: Requests,
    outcome: Outcome,
    visits: Visits,
    cars: pl.DataFrame,
) -> None:
    """Appointments, repair orders, claims. `outcome` covers the requests before the cut."""
    orders = _with_labour(rng, store, visits.frame, cars)
    parts = _part_lines(store, requests, outcome, visits)
    waits = parts.group_by("order", maintain_order=True).agg(
        pl.col("filled_day").max(), pl.col("waits").any()
    )
    used = parts.filter(pl.col("quantity") > 0)
    line = pl.struct("part_id", "pay_type", "quantity", "amount_minor")
    lines = used.group_by("order", maintain_order=True).agg(
        line.alias("parts"),
        pl.col("amount_minor").sum().alias("parts_minor"),
        (pl.col("amount_minor") * pl.col("is_warranty")).sum().alias("claimed_minor"),
        pl.col("part_id").filter(pl.col("is_warranty")).first().alias("causal_part_id"),
    )
    orders = orders.join(waits, on="order", how="left").join(lines, on="order", how="left").sort("order")
    orders = orders.with_columns(
        pl.col("filled_day").fill_null(-1),
        pl.col("waits").fill_null(False),
        pl.col("parts_minor").fill_null(0),
    )
    needs = _needed(store, requests, visits)
    orders = _write_appointments(books, store, rng, orders.join(needs, on="order", how="left").sort("order"))
    _write_repair_orders(books, store, orders)
    _write_claims(books, store, rng, orders)


def _with_labour(
    rng: np.random.Generator, store: Store, orders: pl.DataFrame, cars: pl.DataFrame
) -> pl.DataFrame:
    """Car, complaint and one labour line an order."""
    n, car = len(orders), orders["car"].to_numpy()
    hours = np.round(np.clip(rng.gamma(2.2, 0.6, n), 0.3, 12.0), 1)
    skill = np.array([0.85 + 0.4 * (1 - o.quality) for o in store.outlets])[orders["outlet"].to_numpy()]
    worked = np.round(np.clip(hours / skill * rng.lognormal(0, 0.2, n), 0.1, 40.0), 2)
    day, delivered = orders["day"].to_numpy(), cars["delivered_day"].to_numpy()[car]
    amount = store.local_price(np.full(n, _RATE_USD), day) * np.rint(hours * 10).astype(np.int64) // 10
    complaint = np.where(orders["is_recall"].to_numpy(), "recall", rng.choice(COMPLAINTS, n))
    return orders.with_columns(
        vin=cars["vin"].to_numpy()[car],
        customer_id=cars["customer"].to_numpy()[car],
        odometer_km=pl.Series(10 + cars["km_a_day"].to_numpy()[car] * np.maximum(day - delivered, 0)).cast(
            pl.Int64
        ),
        complaint_code=pl.Series(complaint),
        hours=hours,
        worked=worked,
        labour_minor=amount,
        is_internal=rng.random(n) < 0.05,
        draw=rng.integers(0, 1000, n),
    ).with_columns(  # now and then the last digit is left out
        odometer_km=pl.when(pl.col("draw") % _MISREAD == 5)
        .then(pl.col("odometer_km") // 10)
        .otherwise("odometer_km")
    )


def _part_lines(store: Store, requests: Requests, outcome: Outcome, visits: Visits) -> pl.DataFrame:
    """One row per workshop request before the cut: what went into the order, and when."""
    n = len(outcome.filled)
    rows = np.flatnonzero(visits.order_of[:n] >= 0)
    came = outcome.filled_day[rows] < store.clock.cut_day
    quantity = outcome.filled[rows] + np.where(came, outcome.backordered[rows], 0)
    warranty = requests.channel[rows] == 4
    pay = np.select([requests.recall[rows], warranty], ["campaign", "warranty"], "customer")
    cost = store.parts.cost_usd[requests.part[rows]]
    net, retail = price_minor(cost, store.market), price_minor(cost, store.market, markup=_RETAIL)
    waits = outcome.backordered[rows] > 0
    return pl.DataFrame(
        {
            "order": visits.order_of[rows],
            "part_id": store.ids[requests.part[rows]],
            "pay_type": pay,
            "quantity": quantity,
            "amount_minor": quantity * np.where(warranty, net, retail),
            "is_warranty": warranty,
            "waits": waits,
            "filled_day": np.where(waits, outcome.filled_day[rows], -1),
        }
    ).with_columns(pl.col("order").cast(pl.UInt32))


def _needed(store: Store, requests: Requests, visits: Visits) -> pl.DataFrame:
    """Parts the jobs of an appointment will need, those ahead included."""
    rows = np.flatnonzero(visits.order_of >= 0)
    frame = pl.DataFrame(
        {
            "order": visits.order_of[rows],
            "part_id": store.ids[requests.part[rows]],
            "quantity": requests.units[rows],
        }
    )
    needs = frame.group_by("order", maintain_order=True).agg(pl.struct("part_id", "quantity").alias("needs"))
    return needs.with_columns(pl.col("order").cast(pl.UInt32))


def _write_appointments(
    books: Books, store: Store, rng: np.random.Generator, orders: pl.DataFrame
) -> pl.DataFrame:
    """Half of the visits are booked; some who book do not come. Returns the orders with their appointment."""
    booked = np.flatnonzero(rng.random(len(orders)) < 0.55)
    missed = booked[rng.random(len(booked)) < 0.07]
    rows = np.concatenate([booked, missed])
    chosen = orders[rows].with_columns(is_missed=pl.Series(np.arange(len(rows)) >= len(booked)))
    outlet, day, second = (chosen[c].to_numpy() for c in ("outlet", "day", "second"))
    keys = numbered("SA", store.codes, outlet)
    # who did not come wanted to come two days earlier
    slot = day - 2 * chosen["is_missed"].to_numpy()
    ahead = np.minimum(3 + chosen["draw"].to_numpy() % 12, KNOWN_DAYS - 1)
    book = books["service_appointment"]
    head = pl.DataFrame({"key": keys, "outlet_id": store.codes[outlet]}).with_columns(
        by=store.people("advisor", outlet, chosen["draw"].to_numpy())
    )
    book.open(
        head.with_columns(
            at=store.at(slot - ahead, second - 300),
            state=pl.Series(np.where(ahead > 7, "booked", "confirmed")),
            vin=chosen["vin"],
            customer_id=chosen["customer_id"],
            slot_at=store.at(slot, second - 300),
            jobs=chosen["complaint_code"].str.replace_all("_", " "),
            staff_id=store.people("advisor", outlet, chosen["draw"].to_numpy()),
            parts=chosen["needs"],
        )
    )
    came = head.with_columns(at=store.at(slot, second))
    book.move("arrive", came.filter(~chosen["is_missed"]), step=1)
    book.move("miss", came.filter(chosen["is_missed"]), step=1)
    appointment = np.full(len(orders), "", dtype=keys.dtype)
    appointment[booked] = keys[: len(booked)]
    return orders.with_columns(appointment=optional(appointment))


def _write_repair_orders(books: Books, store: Store, orders: pl.DataFrame) -> None:
    outlet, day, second, draw = (orders[c].to_numpy() for c in ("outlet", "day", "second", "draw"))
    advisor = store.people("advisor", outlet, draw)
    head = pl.DataFrame({"key": orders["key"], "outlet_id": store.codes[outlet], "by": advisor})
    is_cancelled = _is_cancelled(orders)
    book = books["repair_order"]
    book.open(
        head.with_columns(
            at=store.at(day, second),
            opened_at=store.at(day, second),
            staff_id=advisor,
            promised_at=store.at(
                day + orders["waits"].to_numpy() + body_days(orders), np.full(len(orders), 64_000)
            ),
            currency=pl.lit(store.where.currency),
            service_appointment_id=orders["appointment"],
            **{c: orders[c] for c in ("vin", "customer_id", "odometer_km", "complaint_code")},
        )
    )
    estimate = orders["labour_minor"] + orders["parts_minor"]
    book.move("quote", head.with_columns(at=store.at(day, second + 600), estimate_minor=estimate), step=1)
    gone = head.with_columns(at=store.at(day, second + 1500)).filter(is_cancelled)
    book.move("cancel", gone, step=2)
    _write_work(books, store, orders.filter(~is_cancelled), head.filter(~is_cancelled))


def _is_cancelled(orders: pl.DataFrame) -> Bools:
    """Customers who refuse the quote; never when parts were already handed out."""
    return ((orders["slot"] >= 2000) & (orders["draw"] < 60)).to_numpy()


def ready_day(orders: pl.DataFrame) -> Ints:
    """Day on which the last part was there and the body shop was through."""
    ready: Ints = np.maximum(orders["day"].to_numpy() + body_days(orders), orders["filled_day"].to_numpy())
    return ready


def body_days(orders: pl.DataFrame) -> Ints:
    """A car that crashed stays one to four nights; every other job is done within its day."""
    days: Ints = np.where(orders["complaint_code"] == "collision", 1 + orders["draw"].to_numpy() % 4, 0)
    return days


def _write_work(books: Books, store: Store, orders: pl.DataFrame, head: pl.DataFrame) -> None:
    """Approval, work, the wait for parts, check, release, settlement by the cashier."""
    outlet, day, second, draw = (orders[c].to_numpy() for c in ("outlet", "day", "second", "draw"))
    waits = orders["waits"].to_numpy()
    ready = ready_day(orders)
    technician = store.people("technician", outlet, draw)
    cashier = store.people("cashier", outlet)
    work = head.with_columns(by=pl.Series(technician))
    # the last request may come near closing time; the rest of the day follows it
    done = np.where(waits, 54_000, np.maximum(orders["last_second"].to_numpy(), second + 3600) + 1200)
    book = books["repair_order"]
    book.move("approve", head.with_columns(at=store.at(day, second + 1200)), step=2)
    book.move("start", work.with_columns(at=store.at(day, second + 1500)), step=3)
    stopped = work.with_columns(at=store.at(day, orders["last_second"].to_numpy() + 600)).filter(waits)
    book.move("wait_for_parts", stopped, step=4)
    book.move("resume", work.with_columns(at=store.at(ready, 34_200)).filter(waits), step=5)
    labour = _labour_lines(orders, technician)
    checked = work.with_columns(at=store.at(ready, done), labour=labour, parts=orders["parts"])
    book.move("check", checked, step=6)
    released = work.with_columns(at=store.at(ready, done + 900)).with_columns(ready_at=pl.col("at"))
    book.move("release", released, step=7)
    paid = head.with_columns(at=store.at(ready, done + 2400), by=pl.Series(cashier))
    book.move("settle", paid.with_columns(settled_at=pl.col("at")), step=8)
    book.move("close", head.with_columns(at=store.at(ready + 2, 50_000), by=pl.Series(cashier)), step=9)


def _labour_lines(orders: pl.DataFrame, technician: np.ndarray) -> pl.Series:
    pay = (
        pl.when("is_recall")
        .then(pl.lit("campaign"))
        .when(pl.col("causal_part_id").is_not_null())
        .then(pl.lit("warranty"))
        .when("is_internal")
        .then(pl.lit("internal"))
        .otherwise(pl.lit("customer"))
    )
    line = pl.struct(
        pl.format("OP-{}", pl.col("complaint_code").str.to_uppercase()).alias("operation"),
        pay.alias("pay_type"),
        pl.col("hours").alias("standard_hours"),
        pl.col("worked").alias("worked_hours"),
        pl.col("labour_minor").alias("amount_minor"),
        pl.lit(pl.Series(technician)).alias("technician_id"),
    )
    return orders.select(pl.concat_list(line)).to_series()


def _write_claims(books: Books, store: Store, rng: np.random.Generator, orders: pl.DataFrame) -> None:
    """Repairs the maker is asked to pay. Some come back once; some are cut or refused."""
    claims = orders.filter(pl.col("causal_part_id").is_not_null())
    n = len(claims)
    outlet, ready = claims["outlet"].to_numpy(), ready_day(claims)
    drafted = ready + 1
    submitted = drafted + np.minimum(rng.geometric(0.35, n) - 1, 20)
    fate = rng.choice(4, n, p=[0.78, 0.08, 0.07, 0.07])  # approved, cut, rejected, returned once
    decided = submitted + 3 + rng.geometric(0.12, n)
    asked = claims["claimed_minor"] + claims["labour_minor"]
    advisor = store.people("advisor", outlet, claims["draw"].to_numpy())
    head = pl.DataFrame(
        {"key": pl.Series(claims["key"]).str.replace("JO-", "WC-"), "outlet_id": store.codes[outlet]}
    )
    book = books["warranty_claim"]
    book.open(
        head.with_columns(
            at=store.at(drafted, 33_000),
            by=advisor,
            repair_order_id=claims["key"],
            repaired_date=store.dates(ready),
            labour_minor=claims["labour_minor"],
            parts_minor=claims["claimed_minor"],
            currency=pl.lit(store.where.currency),
            failure_code=pl.format("F-{}", claims["complaint_code"].str.to_uppercase().str.head(12)),
            **{c: claims[c] for c in ("vin", "causal_part_id", "odometer_km")},
        )
    )
    reason = pl.Series(np.array(REJECT_REASONS)[rng.integers(0, len(REJECT_REASONS), n)])
    sent = head.with_columns(by=pl.Series(advisor))
    judged = head.with_columns(by=pl.lit(QUALITY))
    book.move(
        "submit",
        sent.with_columns(at=store.at(submitted, 34_000), submitted_date=store.dates(submitted)),
        step=1,
    )
    book.move("auto_check", judged.with_columns(at=store.at(submitted, 40_000)), step=2)
    back, again = fate == 3, decided + 6
    returned = judged.with_columns(at=store.at(decided, 39_000), reason=reason).filter(back)
    book.move("return_to_dealer", returned, step=3)
    resent = sent.with_columns(at=store.at(again, 34_000), submitted_date=store.dates(again)).filter(back)
    book.move("submit", resent, step=4)
    book.move("auto_check", judged.with_columns(at=store.at(again, 40_000)).filter(back), step=5)
    decided = np.where(back, again + 8, decided)
    verdict = judged.with_columns(at=store.at(decided, 41_000), decided_date=store.dates(decided))
    book.move("approve", verdict.with_columns(approved_minor=asked).filter(np.isin(fate, [0, 3])), step=6)
    cut = verdict.with_columns(approved_minor=asked * 7 // 10, reason=reason).filter(fate == 1)
    book.move("part_approve", cut, step=6)
    book.move("reject", verdict.with_columns(reason=reason).filter(fate == 2), step=6)
    paid = head.with_columns(at=store.at(decided + 15, 42_000), by=pl.lit(FINANCE)).filter(fate != 2)
    book.move("settle", paid, step=7)
