"""Documents of the parts counter and store: requests, stock moves, orders, shipments, back-orders.

In: requests and what the simulated shelf made of them. Out: lines in the books, consistent to the unit:
the sum of an outlet's stock moves is its stock and never falls below zero.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import polars as pl

from pipelines.demo.brand import MARKETS
from pipelines.demo.catalogue import FINANCE, PLANNER, RISE, RISE_MONTH, Parts, price_minor
from pipelines.demo.clock import Bools, Ints
from pipelines.demo.demand import CHANNELS, Requests
from pipelines.demo.events import Books
from pipelines.demo.scene import NEVER, Scene, numbered, optional
from pipelines.demo.stock import URGENT, Outcome
from pipelines.demo.stocking import write_answers, write_limits, write_returns

_ARRIVAL, _HAND_OUT, _ORDERING, _COUNTING = 27_000, 28_800, 64_800, 68_400  # seconds after midnight
_MOVE_OF_CHANNEL = np.array(
    ["issue_repair_order", "counter_sale", "counter_sale", "internal_use", "issue_repair_order"]
)


@dataclass(frozen=True)
class Store(Scene):
    """A scene with a catalogue."""

    parts: Parts

    @property
    def ids(self) -> np.ndarray:
        return np.array(self.parts.ids)

    def price(self, part: Ints, day: Ints) -> Ints:
        """Dealer net price on the day, in minor units of the block's market."""
        before = price_minor(self.parts.cost_usd[part], self.market)
        after = price_minor(self.parts.cost_usd[part], self.market, markup=RISE)
        return np.where(day >= self.clock.month_starts[RISE_MONTH], after, before)


def write_parts(
    books: Books,
    store: Store,
    requests: Requests,
    outcome: Outcome,
    *,
    repair_order: np.ndarray,
    vin: np.ndarray,
) -> pl.DataFrame:
    """All parts documents of a block. Returns the truth: every request, recorded or not."""
    keys = numbered("PD", store.codes, requests.outlet)
    _write_demand(books, store, requests, outcome, keys, repair_order, vin)
    moves = [
        _issues(store, requests, outcome, keys, repair_order),
        _openings(store, outcome),
        _counts(store, outcome),
        _write_orders(books, store, outcome),
    ]
    _write_moves(books, store, pl.concat(moves))
    return pl.DataFrame(
        {
            "outlet_id": store.codes[requests.outlet],
            "part_id": store.ids[requests.part],
            "demand_month": store.clock.months_as_dates(store.clock.month_of_day(requests.day)),
            "requested_units": requests.units,
            "filled_units": outcome.filled,
            "backordered_units": outcome.backordered,
            "lost_units": outcome.lost,
            "unrecorded_units": np.where(_is_hidden(requests, outcome), requests.units, 0),
            "recall_units": np.where(requests.recall, requests.units, 0),
        }
    )


def _is_hidden(requests: Requests, outcome: Outcome) -> Bools:
    """Nobody wrote down a customer who left with nothing."""
    hidden: Bools = ~requests.recorded & (outcome.filled == 0) & (outcome.lost > 0)
    return hidden


def _write_demand(
    books: Books,
    store: Store,
    requests: Requests,
    outcome: Outcome,
    keys: np.ndarray,
    repair_order: np.ndarray,
    vin: np.ndarray,
) -> None:
    waits = outcome.backordered > 0
    rest = requests.units - outcome.filled - outcome.backordered - outcome.lost
    withdrawn = (rest > 0) & (outcome.filled == 0)
    lost = (outcome.lost > 0) & (outcome.filled == 0)
    state = np.select([waits | withdrawn, lost], ["open", "lost"], "filled")
    substituted = (requests.asked != requests.part) & (outcome.filled + outcome.backordered > 0)
    frame = pl.DataFrame(
        {
            "key": keys,
            "outlet_id": store.codes[requests.outlet],
            "at": store.at(requests.day, requests.second),
            "by": store.people("parts", requests.outlet),
            "state": state,
            "part_id": store.ids[requests.asked],
            "quantity": requests.units,
            "demanded_at": store.at(requests.day, requests.second),
            "channel": np.array(CHANNELS)[requests.channel],
            "filled_quantity": outcome.filled,
            "backordered_quantity": outcome.backordered,
            "lost_quantity": outcome.lost,
            "lost_reason": optional(np.where(outcome.lost > 0, "no_stock", "")),
            "substitute_part_id": optional(np.where(substituted, store.ids[requests.part], "")),
            "repair_order_id": optional(repair_order),
            "vin": optional(vin),
            "filled_at": store.at(np.minimum(outcome.filled_day, NEVER), _HAND_OUT + requests.second % 900),
            "left_at": store.at(requests.day, requests.second + 1800),
        }
    ).with_columns(waits=waits, withdrawn=withdrawn)
    frame = frame.filter(~_is_hidden(requests, outcome))
    book = books["part_demand"]
    book.open(frame.drop("filled_at", "left_at", "waits", "withdrawn"))
    head = ("key", "outlet_id", "by")
    filled = frame.filter("waits").select(*head, "filled_quantity", at="filled_at")
    book.move("fill", filled, step=1)
    book.move("cancel", frame.filter("withdrawn").select(*head, at="left_at"), step=1)


def _issues(
    store: Store, requests: Requests, outcome: Outcome, keys: np.ndarray, repair_order: np.ndarray
) -> pl.DataFrame:
    """Units handed out at once, and back-orders handed out whole on the day they are complete."""
    reference = np.where(repair_order == "", keys, repair_order)
    frames = []
    for units, day, second in (
        (outcome.filled, requests.day, requests.second),
        (outcome.backordered, outcome.filled_day, _HAND_OUT + requests.second % 900),
    ):
        rows = np.flatnonzero((units > 0) & (day < store.clock.cut_day))
        frames.append(
            _moves(store, requests.outlet[rows], requests.part[rows], day[rows], second[rows], -units[rows])
            .with_columns(
                move_type=pl.Series(_MOVE_OF_CHANNEL[requests.channel[rows]]),
                reference=pl.Series(reference[rows], dtype=pl.String),
            )
        )  # fmt: skip
    return pl.concat(frames)


def _openings(store: Store, outcome: Outcome) -> pl.DataFrame:
    rows = np.flatnonzero(outcome.opening)
    outlet, part = np.divmod(rows, len(store.parts))
    zero = np.zeros(len(rows), dtype=np.int64)
    moves = _moves(store, outlet, part, zero, zero + 6 * 3600, outcome.opening[rows])
    return moves.with_columns(move_type=pl.lit("opening"), reference=pl.lit("OPENING"))


def _counts(store: Store, outcome: Outcome) -> pl.DataFrame:
    empty = np.zeros(0, dtype=np.int64)
    day = np.concatenate([np.full(len(rows), d) for d, rows, _ in outcome.counts] or [empty])
    series = np.concatenate([rows for _, rows, _ in outcome.counts] or [empty])
    units = np.concatenate([change for _, _, change in outcome.counts] or [empty])
    outlet, part = np.divmod(series, len(store.parts))
    moves = _moves(store, outlet, part, day, np.full(len(day), _COUNTING), units)
    return moves.with_columns(move_type=pl.lit("count_adjustment"), reference=pl.lit("COUNT"))


def _moves(store: Store, outlet: Ints, part: Ints, day: Ints, second: Ints, units: Ints) -> pl.DataFrame:
    return pl.DataFrame(
        {
            "outlet": outlet,
            "part": part,
            "day": day,
            "moved_at": store.at(day, second),
            "quantity": units,
        },
        schema_overrides={"outlet": pl.Int64, "part": pl.Int64, "day": pl.Int64, "quantity": pl.Int64},
    )


def _write_moves(books: Books, store: Store, moves: pl.DataFrame) -> None:
    moves = moves.sort("moved_at", "outlet", "part")
    outlet, part = moves["outlet"].to_numpy(), moves["part"].to_numpy()
    books["parts_stock_move"].open(
        pl.DataFrame(
            {
                "key": numbered("PM", store.codes, outlet),
                "outlet_id": store.codes[outlet],
                "at": moves["moved_at"],
                "by": store.people("parts", outlet),
                "part_id": store.ids[part],
                "quantity": moves["quantity"],
                "move_type": moves["move_type"],
                "moved_at": moves["moved_at"],
                "unit_cost_minor": store.price(part, moves["day"].to_numpy()),
                "bin": [f"B{p % 40:02d}-{p % 7}" for p in part.tolist()],
                "reference": moves["reference"],
            }
        ).with_columns(currency=pl.lit(MARKETS[store.market].currency))
    )


def _write_orders(books: Books, store: Store, outcome: Outcome) -> pl.DataFrame:
    """Orders, back-order lines and shipments. Returns the receipts as stock moves."""
    lines = outcome.lines[np.lexsort((outcome.lines["series"], outcome.lines["kind"], outcome.lines["day"]))]
    outlet, part = np.divmod(lines["series"], len(store.parts))
    frame = pl.DataFrame({name: lines[name] for name in lines.dtype.names or ()}).with_columns(
        outlet=outlet, part=part, part_id=store.ids[part], unit_price_minor=store.price(part, lines["day"])
    )
    group = ["outlet", "day", "kind"]
    frame = frame.sort(*group, "part").with_columns(
        line_no=pl.int_range(1, pl.len() + 1).over(group),
        last=pl.when(pl.col("late") > 0).then("arrives_late").otherwise("arrives"),
        first=pl.when(pl.col("now") > 0).then("arrives").otherwise("arrives_late"),
        transit=((pl.col("arrives") - pl.col("day")) * 0.6).ceil().cast(pl.Int64),
    )
    orders = frame.group_by(group, maintain_order=True).agg(
        pl.struct("line_no", "part_id", pl.col("units").alias("quantity"), "unit_price_minor").alias("lines"),
        (pl.col("units") * pl.col("unit_price_minor")).sum().alias("total_minor"),
        pl.col("first").min(), pl.col("last").max(), pl.col("transit").max(),
    )  # fmt: skip
    orders = orders.with_columns(key=pl.Series(numbered("PO", store.codes, orders["outlet"].to_numpy())))
    _write_order_lives(books, store, orders)
    frame = frame.join(orders.select(*group, pl.col("key").alias("order_key")), on=group)
    _write_backorders(books, store, frame.filter(pl.col("late") > 0))
    write_answers(books, store, frame)
    write_returns(books, store, frame)
    write_limits(books, store, store.parts)
    return _write_shipments(books, store, frame)


def _write_order_lives(books: Books, store: Store, orders: pl.DataFrame) -> None:
    outlet, day = orders["outlet"].to_numpy(), orders["day"].to_numpy()
    parts_person = store.people("parts", outlet)
    head = pl.DataFrame({"key": orders["key"], "outlet_id": store.codes[outlet]})
    supplier = np.array([o.supplier for o in store.outlets])[outlet]
    wanted = day + np.array([o.lead_days for o in store.outlets])[outlet]
    book = books["parts_order"]
    book.open(
        head.with_columns(
            at=store.at(day, _ORDERING + orders["kind"].to_numpy() * 600),
            ordered_at=store.at(day, _ORDERING + orders["kind"].to_numpy() * 600),
            by=parts_person,
            state=pl.lit("submitted"),
            order_type=pl.Series(np.where(orders["kind"].to_numpy() == URGENT, "urgent", "stock")),
            supplier_outlet_code=supplier,
            requested_date=store.clock.dates(wanted),
            fund_type=pl.lit("credit"),
            total_minor=orders["total_minor"],
            currency=pl.lit(MARKETS[store.market].currency),
            lines=orders["lines"],
        )
    )
    shipped, last = (orders["first"] - orders["transit"]).to_numpy(), orders["last"].to_numpy()
    for step, (move, on, second, by) in enumerate(
        (
            ("check_funds", day, 69_000, FINANCE),
            ("approve", day + 1, 25_000, PLANNER),
            ("check_stock", day + 1, 26_000, PLANNER),
            ("issue", day + 1, 27_000, PLANNER),
            ("ship", np.maximum(shipped, day + 1), 57_600, PLANNER),
            ("receive", last, _ARRIVAL + 60, None),
            ("settle", last + 6, 43_200, FINANCE),
        ),
        start=1,
    ):
        moved = head.with_columns(at=store.at(on, second), by=pl.lit(by) if by else parts_person)
        if move == "receive":
            moved = moved.with_columns(received_at=pl.col("at"))
        book.move(move, moved, step=step)


def _write_backorders(books: Books, store: Store, late: pl.DataFrame) -> None:
    day, outlet = late["day"].to_numpy(), late["outlet"].to_numpy()
    head = late.select(
        key=pl.format("BL-{}-{}", "order_key", "line_no"),
        outlet_id=pl.Series(store.codes[outlet], dtype=pl.String),
    ).with_columns(by=pl.lit(PLANNER))
    book = books["backorder_line"]
    book.open(
        head.with_columns(
            at=store.at(day + 1, 26_100),
            parts_order_id=late["order_key"],
            line_no=late["line_no"],
            part_id=late["part_id"],
            quantity=late["late"],
            owed_since_date=store.clock.dates(day + 1),
        )
    )
    eta = store.clock.dates(late["arrives_late"].to_numpy())
    book.move("allocate", head.with_columns(at=store.at(day + 4, 36_000), eta_date=eta), step=1)
    sent = (late["arrives_late"] - late["transit"]).to_numpy()
    book.move("fill", head.with_columns(at=store.at(sent, 57_500)), step=2)


def _write_shipments(books: Books, store: Store, frame: pl.DataFrame) -> pl.DataFrame:
    """One shipment per order and day of arrival. Returns the receipts as stock moves."""
    columns = ["outlet", "part", "part_id", "line_no", "order_key", "transit"]
    sent = pl.concat(
        [
            frame.filter(pl.col("now") > 0).select(*columns, units="now", got="received", arrives="arrives"),
            frame.filter(pl.col("late") > 0).select(
                *columns, units="late", got="late", arrives="arrives_late"
            ),
        ]
    ).sort("arrives", "order_key", "line_no")
    group = ["outlet", "order_key", "arrives"]
    line = ("line_no", "part_id", pl.col("units").alias("quantity"))
    shipments = sent.group_by(group, maintain_order=True).agg(
        pl.struct(*line).alias("lines"),
        pl.struct(*line, pl.col("got").alias("received_quantity")).alias("counted"),
        pl.col("transit").max(),
    )
    shipments = shipments.with_columns(
        key=pl.Series(numbered("PS", store.codes, shipments["outlet"].to_numpy()))
    )
    _write_shipment_lives(books, store, shipments)
    sent = sent.join(shipments.select(*group, "key"), on=group)
    sent = sent.filter((pl.col("arrives") < store.clock.cut_day) & (pl.col("got") > 0))
    arrives = sent["arrives"].to_numpy()
    moves = _moves(
        store, sent["outlet"].to_numpy(), sent["part"].to_numpy(), arrives,
        np.full(len(sent), _ARRIVAL), sent["got"].to_numpy(),
    )  # fmt: skip
    return moves.with_columns(move_type=pl.lit("receipt"), reference=sent["key"])


def _write_shipment_lives(books: Books, store: Store, shipments: pl.DataFrame) -> None:
    outlet, arrives = shipments["outlet"].to_numpy(), shipments["arrives"].to_numpy()
    left = arrives - shipments["transit"].to_numpy()
    head = pl.DataFrame({"key": shipments["key"], "outlet_id": store.codes[outlet]})
    book = books["parts_shipment"]
    book.open(
        head.with_columns(
            at=store.at(left, 57_600),
            shipped_at=store.at(left, 57_600),
            by=pl.lit(PLANNER),
            parts_order_id=shipments["order_key"],
            supplier_outlet_code=np.array([o.supplier for o in store.outlets])[outlet],
            eta_date=store.clock.dates(arrives - (arrives % 5 == 0)),
            lines=shipments["lines"],
        )
    )
    received = head.with_columns(
        at=store.at(arrives, _ARRIVAL),
        received_at=store.at(arrives, _ARRIVAL),
        by=store.people("parts", outlet),
        lines=shipments["counted"],
    )
    book.move("receive", received, step=1)
