"""Terms of ordering, limits, a shared stock, returns, and what outlets answered to suggestions.

In: the network, the clock, order lines of a block. Out: documents in the books. Answers name suggestions of
runs that the simulation did not make: they carry what a dealer decided, so that its outcome can be judged.
"""

from __future__ import annotations

from datetime import date

import numpy as np
import polars as pl

from pipelines.demo.brand import MARKETS, SERIES
from pipelines.demo.catalogue import PLANNER, Parts, price_minor
from pipelines.demo.clock import Clock
from pipelines.demo.events import Books
from pipelines.demo.network import WAREHOUSES, Outlet
from pipelines.demo.scene import Scene
from pipelines.demo.stock import STOCK
from pipelines.demo.vin import make_vins

_CUT_OFFS = (960, 840, 720)  # 16:00, 14:00 and noon on the outlet's clock
_DAYS = (("monday", "thursday"), ("sunday", "wednesday"), ("tuesday",))
_BUDGET_USD = 110.0  # a month, for each part request that a mean outlet expects in it
_ANSWERED_DAYS = 150
_REASONS = ("too_much", "no_budget", "other_source", "no_space", "local_event")


def _usd(amount: float, market: int) -> int:
    return int(price_minor(np.array([amount]), market)[0])


def write_terms(books: Books, outlets: list[Outlet], clock: Clock, requests_a_month: float) -> None:
    """One document of order terms for every outlet that serves, in force from the first day."""
    serving = [(n, o) for n, o in enumerate(outlets) if o.serves]
    rows = []
    for n, outlet in serving:
        where = MARKETS[outlet.market]
        # Gulf markets order from Sunday on, the others from Monday
        days = _DAYS[1] if where.code in {"AE", "SA"} else _DAYS[2 * (outlet.review_days > 7)]
        slots = [{"weekday": d, "cut_off_minute": _CUT_OFFS[n % len(_CUT_OFFS)]} for d in days]
        rows.append(
            {
                "key": f"OT-{outlet.code}",
                "outlet_code": outlet.code,
                "supplier_outlet_code": outlet.supplier,
                "slots": slots,
                "urgent_freight_minor": _usd(18.0, outlet.market),
                "urgent_lead_time_days": max(2, outlet.lead_days // 3),
                "waiting_cost_minor": _usd(3.0, outlet.market),
                "minimum_order_minor": _usd(150.0, outlet.market),
                "budget_minor": _usd(_BUDGET_USD * requests_a_month * outlet.weight, outlet.market),
                "transfer_freight_minor": _usd(9.0, outlet.market),
                "transfer_days": 2,
                "return_allowance_permille": 50,
                "protection_days": 180,
                "currency": where.currency,
            }
        )
    _rule(books, "order_terms", pl.DataFrame(rows), clock)


def write_group(books: Books, outlets: list[Outlet], clock: Clock) -> None:
    """Two dealers of South Africa share one stock and order at the first."""
    shared = [o.code for o in outlets if o.serves and MARKETS[o.market].code == "ZA"][:2]
    if len(shared) < 2:
        shared = [o.code for o in outlets if o.serves][-1:]
    frame = pl.DataFrame(
        {"key": ["SG-SOUTH"], "name": ["Shared store South"], "ordering_outlet_code": [shared[0]],
         "members": [[{"outlet_code": code} for code in shared]]}
    )  # fmt: skip
    _rule(books, "stock_group", frame, clock)


def write_allocation_rules(books: Books, clock: Clock) -> None:
    """Parts by days of supply, cars by score."""
    frame = pl.DataFrame(
        {
            "key": ["AR-PART", "AR-VEHICLE"],
            "subject": ["part", "vehicle"],
            "share": ["days_supply", "score"],
            "weights": [
                [{"measure": "criticality", "weight": 2}, {"measure": "days_waiting", "weight": 1}],
                [
                    {"measure": "customer_grade", "weight": 2},
                    {"measure": "order_priority", "weight": 3},
                    {"measure": "forecast_share", "weight": 3},
                    {"measure": "stock_age", "weight": 1},
                ],
            ],
        }
    )
    _rule(books, "allocation_rule", frame, clock)


def _rule(books: Books, name: str, frame: pl.DataFrame, clock: Clock) -> None:
    """Drafted by one, activated by another, in force from the first simulated day."""
    moments = [clock.instants(np.zeros(1, dtype=np.int64), np.array([d]), 36_000)[0] for d in (-20, -19)]
    opened = frame.with_columns(
        at=pl.lit(moments[0]), by=pl.lit("oem.terms"), effective_from_date=pl.lit(_first(clock))
    )
    books[name].open(opened)
    books[name].move("activate", frame.select("key", at=pl.lit(moments[1]), by=pl.lit(PLANNER)), step=1)


def _first(clock: Clock) -> date:
    return clock.month(0)


def write_warehouse_stock(books: Books, parts: Parts, clock: Clock, seed: int) -> None:
    """What the warehouses hold today: plenty of most parts, next to nothing of every fifth."""
    rng = np.random.default_rng([seed, 33])
    markets = [market.code for market in MARKETS]
    for number, (code, market_code, _, _) in enumerate(WAREHOUSES):
        market = markets.index(market_code)
        units = np.where(
            rng.random(len(parts)) < 0.2, rng.integers(0, 4, len(parts)), rng.integers(60, 400, len(parts))
        )
        rows = np.flatnonzero(units)
        day = np.full(len(rows), clock.cut_day - 2)
        at = clock.instants(np.full(len(rows), market), day, 20_000 + number)
        books["parts_stock_move"].open(
            pl.DataFrame(
                {
                    "key": [f"PM-{code}-{n:05d}" for n in rows.tolist()],
                    "outlet_id": [code] * len(rows),
                    "at": at,
                    "by": [PLANNER] * len(rows),
                    "part_id": np.array(parts.ids)[rows],
                    "quantity": units[rows],
                    "move_type": ["opening"] * len(rows),
                    "moved_at": at,
                    "unit_cost_minor": price_minor(parts.cost_usd[rows], market),
                    "currency": [MARKETS[market].currency] * len(rows),
                    "reference": ["OPENING"] * len(rows),
                }
            )
        )


def write_stock_ahead(books: Books, products: pl.DataFrame, clock: Clock) -> None:
    """Cars the maker built ahead of any order, three of each common product; one is held back by damage."""
    lasting = [s.code for s in SERIES if s.run_out_month is None]
    common = products.with_row_index("number").filter(pl.col("series").is_in(lasting))
    numbers = (
        common.group_by("series", maintain_order=True)
        .agg(pl.col("number").sort_by("weight", descending=True).head(2))
        .explode("number")["number"]
    )
    product = np.repeat(numbers.to_numpy().astype(np.int64), 3)
    built = clock.cut_day - 6 - 5 * np.arange(len(product))
    market = np.zeros(len(product), dtype=np.int64)
    years = clock.dates(built).dt.year().to_numpy().astype(np.int64)
    vins = make_vins(products["vds"].to_numpy()[product], years, 59_000 + np.arange(len(product)))
    at = clock.instants(market, built, 57_600)
    books["vehicle"].open(
        pl.DataFrame({"key": vins, "by": [PLANNER] * len(vins)}).with_columns(
            at=at,
            product_id=products["product_id"].to_numpy()[product],
            engine_no=pl.format("EN{}", pl.col("key").str.tail(8)),
            plant=pl.lit("VELM-1"),
            production_date=clock.dates(built),
            usage=pl.lit("stock"),
            state=pl.lit("built"),
        )
    )
    locked = clock.instants(market[:1], np.array([clock.cut_day - 3]), 30_000)
    books["vehicle_lock"].open(
        pl.DataFrame(
            {"key": ["VL-AHEAD-1"], "outlet_id": ["WH-CENTRAL"], "by": [PLANNER], "vin": vins[2:3]}
        ).with_columns(
            at=locked, locked_at=locked, reason=pl.lit("damage"), remark=pl.lit("Scratch on the left door.")
        )
    )


def write_limits(books: Books, scene: Scene, parts: Parts) -> None:
    """Every third outlet has no room for more than ten of its bulkiest part."""
    outlets = np.array([n for n, o in enumerate(scene.outlets) if o.serves][::3], dtype=np.int64)
    part = np.full(len(outlets), 0)
    days = np.full(len(outlets), scene.clock.cut_day - 200)
    books["stock_limit"].open(
        pl.DataFrame(
            {
                "key": [f"SL-{code}" for code in scene.codes[outlets]],
                "outlet_id": scene.codes[outlets],
                "at": scene.at(days, 30_000),
                "by": scene.people("parts", outlets),
                "part_id": np.array(parts.ids)[part],
                "maximum_units": np.full(len(outlets), 10),
                "reason": ["Shelf space."] * len(outlets),
                "valid_from_date": scene.clock.dates(days),
            },
            schema_overrides={"key": pl.String, "reason": pl.String},
        )
    )


def write_answers(books: Books, scene: Scene, lines: pl.DataFrame) -> None:
    """What outlets answered in the last months: most accept, some edit, some decline with a reason.

    lines: outlet, day, kind, part_id, units, order_key of the block's order lines.
    """
    recent = lines.filter(
        (pl.col("kind") == STOCK) & (pl.col("day") >= scene.clock.cut_day - _ANSWERED_DAYS)
    ).sort("outlet", "day", "part_id", "order_key")
    rng = np.random.default_rng([31, recent.height, int(recent["units"].sum())])
    draw, reason = rng.random(recent.height), rng.integers(0, len(_REASONS), recent.height)
    answer = np.select([draw < 0.78, draw < 0.9], ["accept", "edit"], "decline")
    units = recent["units"].to_numpy()
    # who declines orders nothing here; the simulated shelf was filled by another order of the same outlet
    decided = np.where(answer == "decline", 0, units)
    suggested = np.where(answer == "edit", units + np.maximum(1, units // 2), units)
    outlet, day = recent["outlet"].to_numpy(), recent["day"].to_numpy()
    stamp = [f"{o}-{d}-{p}" for o, d, p in zip(scene.codes[outlet], day, recent["part_id"], strict=True)]
    order = np.where(answer == "decline", "", recent["order_key"].to_numpy())
    said = np.where(answer == "accept", "", np.array(_REASONS)[reason])
    at = scene.at(day, 60_000)
    books["suggestion_decision"].open(
        pl.DataFrame(
            {
                "key": [f"SD-{s}-{n}" for n, s in enumerate(stamp)],
                "outlet_id": scene.codes[outlet],
                "at": at,
                "by": scene.people("parts", outlet),
                "suggestion_id": [f"past-{s}" for s in stamp],
                "run_id": pl.Series([f"past-{d}" for d in day.tolist()], dtype=pl.String),
                "part_id": recent["part_id"],
                "decision": answer,
                "suggested_quantity": suggested,
                "decided_quantity": decided,
                "reason": said,
                "decided_at": at,
                "parts_order_id": pl.Series(order, dtype=pl.String),
            },
            schema_overrides={"key": pl.String, "suggestion_id": pl.String, "reason": pl.String},
        ).with_columns(
            pl.col("reason", "parts_order_id").replace("", None),
        )
    )


def write_returns(books: Books, scene: Scene, lines: pl.DataFrame) -> None:
    """One surplus return a block: a pack of an order of half a year ago."""
    old = lines.filter(
        (pl.col("kind") == STOCK) & (pl.col("day") < scene.clock.cut_day - 120) & (pl.col("units") >= 4)
    ).tail(1)
    if old.is_empty():
        return
    outlet, day = old["outlet"].to_numpy(), old["day"].to_numpy() + 60
    supplier = np.array([o.supplier for o in scene.outlets])[outlet]
    frame = pl.DataFrame(
        {
            "key": [f"PR-{scene.codes[outlet[0]]}"],
            "outlet_id": scene.codes[outlet],
            "at": scene.at(day, 40_000),
            "by": scene.people("parts", outlet),
            "parts_order_id": old["order_key"],
            "supplier_outlet_code": supplier,
            "reason": ["surplus"],
            "requested_date": scene.clock.dates(day),
            "currency": [MARKETS[scene.market].currency],
            "lines": old.select(
                pl.concat_list(pl.struct("part_id", quantity=pl.lit(1), unit_price_minor="unit_price_minor"))
            ).to_series(),
        }
    )
    books["parts_return"].open(frame)
    approved = frame.select("key", "outlet_id", at=scene.at(day + 2, 40_000), by=pl.lit(PLANNER))
    books["parts_return"].move("approve", approved, step=1)
