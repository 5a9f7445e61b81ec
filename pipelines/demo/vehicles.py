"""Documents of the cars: vehicle, order, shipment and yard.

In: the frame of sales with the day of every step. Out: lines in the books.
"""

from __future__ import annotations

import numpy as np
import polars as pl

from pipelines.demo.catalogue import FINANCE, PLANNER
from pipelines.demo.clock import Ints
from pipelines.demo.events import Books
from pipelines.demo.sales import PROMISE_DAYS
from pipelines.demo.scene import Scene, numbered, optional

_WHOLESALE = 0.88  # of the list price
_DEMO_CARS = 2  # per selling outlet
_STEPS = (  # move, day, second, who
    ("submit", "ordered_day", 39_600, None),
    ("check_funds", "approved_day", 32_400, FINANCE),
    ("approve", "approved_day", 54_000, PLANNER),
    ("consolidate", "consolidated_day", 36_000, PLANNER),
    ("schedule", "scheduled_day", 36_000, PLANNER),
    ("produce", "produced_day", 61_200, PLANNER),
    ("allocate", "allocated_day", 36_000, PLANNER),
    ("dispatch", "dispatched_day", 46_800, PLANNER),
    ("receive", "received_day", 36_600, None),
)


def write_vehicles(
    books: Books, scene: Scene, cars: pl.DataFrame, products: pl.DataFrame, retail_keys: np.ndarray
) -> None:
    """Cars that are sold or will be. `retail_keys` are the customers' contracts, one a row."""
    order_keys = numbered("VO", scene.codes, cars["outlet"].to_numpy())
    _write_cars(books, scene, cars, products)
    _write_orders(books, scene, cars, products, order_keys, retail_keys)
    _write_shipments(books, scene, cars.with_columns(vehicle_order_id=pl.Series(order_keys)))
    _write_yard(books, scene, cars)


def _write_cars(books: Books, scene: Scene, cars: pl.DataFrame, products: pl.DataFrame) -> None:
    produced = cars["produced_day"].to_numpy()
    head = pl.DataFrame({"key": cars["vin"], "by": [PLANNER] * len(cars)}, schema_overrides={"by": pl.String})
    book = books["vehicle"]
    book.open(
        head.with_columns(
            at=scene.at(produced, 57_600),
            product_id=products["product_id"].to_numpy()[cars["product"].to_numpy()],
            engine_no=pl.format("EN{}", cars["vin"].str.tail(8)),
            plant=pl.lit("VELM-1"),
            production_date=scene.dates(produced),
            usage=pl.lit("stock"),
            state=pl.lit("built"),
        )
    )
    book.move("wholesale", head.with_columns(at=scene.at(cars["dispatched_day"].to_numpy(), 48_600)), step=1)
    delivered = cars["delivered_day"].to_numpy()
    seller = scene.people("consultant", cars["outlet"].to_numpy(), delivered)
    retailed = head.with_columns(
        at=scene.at(delivered, 57_900), by=seller, registration_date=scene.dates(delivered)
    )
    book.move("retail", retailed, step=2)


def _write_orders(
    books: Books,
    scene: Scene,
    cars: pl.DataFrame,
    products: pl.DataFrame,
    keys: np.ndarray,
    retail_keys: np.ndarray,
) -> None:
    outlet, ordered = cars["outlet"].to_numpy(), cars["ordered_day"].to_numpy()
    customer = cars["is_customer"].to_numpy()
    manager = scene.people("dealer_manager", outlet)
    head = pl.DataFrame({"key": keys, "outlet_id": scene.codes[outlet]})
    promised = cars["approved_day"].to_numpy() + PROMISE_DAYS + scene.where.sea_days
    book = books["vehicle_order"]
    book.open(
        head.with_columns(
            at=scene.at(ordered, 36_000),
            by=manager,
            order_type=pl.Series(np.where(customer, "customer", "stock")),
            priority=pl.Series(np.where(customer, 2, 5)),
            retail_order_id=optional(np.where(customer, retail_keys, "")),
            product_id=products["product_id"].to_numpy()[cars["product"].to_numpy()],
            ordered_date=scene.dates(ordered),
            price_minor=scene.car_price(products, cars["product"].to_numpy(), ordered, share=_WHOLESALE),
            currency=pl.lit(scene.where.currency),
            fund_type=pl.Series(np.array(["cash", "credit", "acceptance_bill"])[ordered % 3]),
        )
    )
    facts = {
        "submit": {"wanted_date": scene.dates(promised - 5)},
        "approve": {"promised_date": scene.dates(promised)},
        "allocate": {"vin": cars["vin"]},
    }
    for step, (move, day, second, by) in enumerate(_STEPS, start=1):
        when = scene.at(cars[day].to_numpy(), second)
        moved = head.with_columns(at=when, by=pl.lit(by) if by else manager, **facts.get(move, {}))
        book.move(move, moved, step=step)
    closed = head.with_columns(at=scene.at(cars["received_day"].to_numpy() + 3, 40_000), by=manager)
    book.move("close", closed, step=len(_STEPS) + 1)


def write_lost_orders(
    books: Books, scene: Scene, rng: np.random.Generator, cars: pl.DataFrame, products: pl.DataFrame
) -> None:
    """Orders that never became a car: a few rejected for funds, a few cancelled by the outlet."""
    lost = cars.sample(fraction=0.05, seed=int(rng.integers(2**31))).sort("ordered_day", "vin")
    outlet, ordered = lost["outlet"].to_numpy(), lost["ordered_day"].to_numpy() + 3
    is_rejected = rng.random(len(lost)) < 0.4
    manager = scene.people("dealer_manager", outlet)
    head = pl.DataFrame({"key": numbered("VX", scene.codes, outlet), "outlet_id": scene.codes[outlet]})
    book = books["vehicle_order"]
    book.open(
        head.with_columns(
            at=scene.at(ordered, 37_000),
            by=manager,
            order_type=pl.lit("stock"),
            priority=pl.lit(6),
            product_id=products["product_id"].to_numpy()[lost["product"].to_numpy()],
            ordered_date=scene.dates(ordered),
            price_minor=scene.car_price(products, lost["product"].to_numpy(), ordered, share=_WHOLESALE),
            currency=pl.lit(scene.where.currency),
            fund_type=pl.lit("credit"),
        )
    )
    wanted = scene.dates(ordered + 90)
    book.move(
        "submit", head.with_columns(at=scene.at(ordered, 38_000), by=manager, wanted_date=wanted), step=1
    )
    end = head.with_columns(at=scene.at(ordered + 2, 34_000), by=pl.Series(manager))
    rejected = end.filter(is_rejected).with_columns(
        by=pl.lit(FINANCE), reject_reason=pl.lit("credit line used up")
    )
    book.move("reject", rejected, step=2)
    book.move("cancel", end.filter(~is_rejected), step=2)


def _write_shipments(books: Books, scene: Scene, cars: pl.DataFrame) -> None:
    """Cars of one outlet that sail in the same week travel together."""
    sailings = cars.group_by("outlet", "week", maintain_order=True).agg(
        pl.struct("vin", "vehicle_order_id").alias("cars"),
        pl.col("dispatched_day", "arrived_day", "received_day").first(),
    ).sort("dispatched_day", "outlet", "week")  # fmt: skip
    outlet, left = sailings["outlet"].to_numpy(), sailings["dispatched_day"].to_numpy()
    keys = numbered("SH", scene.codes, outlet)
    head = pl.DataFrame({"key": keys, "outlet_id": scene.codes[outlet], "by": [PLANNER] * len(keys)})
    count = sailings["cars"].list.len().to_numpy().astype(np.int64)
    book = books["shipment"]
    book.open(
        head.with_columns(
            at=scene.at(left - 1, 32_400),
            mode=pl.lit("sea"),
            carrier=pl.lit("Meridian Lines (fictional)"),
            departure_date=scene.dates(left),
            eta_date=scene.dates(left + scene.where.sea_days),
            freight_minor=scene.local_price(count * 600.0, left),
            currency=pl.lit(scene.where.currency),
            cars=sailings["cars"],
        )
    )
    permit, bill = pl.format("DP-{}", "key"), pl.format("BL-{}", "key")
    arrived = sailings["arrived_day"].to_numpy()
    received = head.with_columns(
        at=scene.at(sailings["received_day"].to_numpy(), 32_400), by=scene.people("dealer_manager", outlet)
    )
    book.move("release", head.with_columns(at=scene.at(left - 1, 54_000), dispatch_permit=permit), step=1)
    book.move("depart", head.with_columns(at=scene.at(left, 43_200), bill_of_lading=bill), step=2)
    landed = head.with_columns(at=scene.at(arrived, 30_000), arrival_date=scene.dates(arrived))
    book.move("arrive", landed, step=3)
    damaged = left % 83 == 0
    book.move("receive", received.filter(~damaged), step=4)
    book.move("claim_damage", received.filter(damaged), step=4)


def _write_yard(books: Books, scene: Scene, cars: pl.DataFrame) -> None:
    """A car enters the yard when it is received and leaves when it is handed over."""
    frames = []
    for kind, day, second in (("receipt", "received_day", 34_200), ("issue", "delivered_day", 57_000)):
        frames.append(
            cars.select("outlet", "vin", day=day).with_columns(kind=pl.lit(kind), second=pl.lit(second))
        )
    moves = pl.concat(frames).sort("day", "second", "vin")
    _post(books, scene, moves)


def _post(books: Books, scene: Scene, moves: pl.DataFrame, prefix: str = "VM") -> None:
    outlet, day = moves["outlet"].to_numpy(), moves["day"].to_numpy()
    at = scene.at(day, moves["second"].to_numpy())
    is_receipt = moves["kind"].to_numpy() == "receipt"
    bays = np.array([f"Y{n:02d}" for n in range(40)])
    books["vehicle_stock_move"].open(
        pl.DataFrame(
            {"key": numbered(prefix, scene.codes, outlet), "outlet_id": scene.codes[outlet]}
        ).with_columns(
            at=at,
            by=scene.people("dealer_manager", outlet),
            vin=moves["vin"],
            move_type=moves["kind"],
            moved_at=at,
            bay=optional(np.where(is_receipt, bays[day % 40], "")),
        )
    )


def write_old_cars(books: Books, scene: Scene, old: pl.DataFrame, products: pl.DataFrame) -> None:
    """Cars of the years before: they come as they are, retailed."""
    delivered = old["delivered_day"].to_numpy()
    books["vehicle"].open(
        pl.DataFrame({"key": old["vin"]}).with_columns(
            at=scene.at(delivered, 57_900),
            by=pl.lit(PLANNER),
            product_id=products["product_id"].to_numpy()[old["product"].to_numpy()],
            engine_no=pl.format("EN{}", old["vin"].str.tail(8)),
            plant=pl.lit("VELM-1"),
            production_date=scene.dates(old["produced_day"].to_numpy()),
            registration_date=scene.dates(delivered),
            usage=pl.lit("stock"),
            state=pl.lit("retailed"),
        )
    )


def write_demo_cars(books: Books, scene: Scene, demo: pl.DataFrame, products: pl.DataFrame) -> None:
    """Cars for test drives, in the yard for good. demo: outlet, product, vin, produced_day."""
    zero = np.zeros(len(demo), dtype=np.int64)
    books["vehicle"].open(
        pl.DataFrame({"key": demo["vin"]}).with_columns(
            at=scene.at(zero - 60, 57_900),
            by=pl.lit(PLANNER),
            product_id=products["product_id"].to_numpy()[demo["product"].to_numpy()],
            plant=pl.lit("VELM-1"),
            production_date=scene.dates(demo["produced_day"].to_numpy()),
            usage=pl.lit("test_drive"),
            state=pl.lit("wholesaled"),
        )
    )
    moves = demo.select("outlet", "vin", day=pl.lit(-50), kind=pl.lit("receipt"), second=pl.lit(34_000))
    _post(books, scene, moves, prefix="VT")


def demo_outlets(scene: Scene) -> Ints:
    """Outlet of each demo car."""
    return np.repeat([i for i, o in enumerate(scene.outlets) if o.sells], _DEMO_CARS).astype(np.int64)
