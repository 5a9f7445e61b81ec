"""Everything one block of outlets lives through: sales, plans, parts, service, in the order of drawing."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import polars as pl

from pipelines.demo import (
    accounts_filed,
    beside,
    campaigns,
    contacts,
    funnel,
    handover,
    owners,
    parts_planning,
    planning,
    promotions,
    sales,
    service,
    vehicles,
)
from pipelines.demo.brand import SERIES
from pipelines.demo.catalogue import Parts
from pipelines.demo.clock import Clock, Floats, Ints
from pipelines.demo.demand import draw_requests, expected_requests, expected_units
from pipelines.demo.events import Books
from pipelines.demo.network import Outlet, Size
from pipelines.demo.parts_documents import Store, write_parts
from pipelines.demo.people import Population, write_customers
from pipelines.demo.scene import Scene, numbered
from pipelines.demo.stock import simulate_stock
from pipelines.demo.vin import make_vins

_ELSEWHERE = 0.12  # owners who are serviced at a second outlet
_LOYALTY_SHAPE = 0.8  # some owners come again and again, many hardly ever
_AGAIN = 0.08  # buyers and prospects who were somebody's customer before


@dataclass(frozen=True)
class Told:
    """What a block adds to the truth, and the cars handed over in it."""

    truth: dict[str, pl.DataFrame]
    actual: pl.DataFrame


@dataclass(frozen=True)
class Market:
    """The block's cars, leads and customers while they are put together."""

    cars: pl.DataFrame
    old: pl.DataFrame
    leads: pl.DataFrame
    persons: dict[str, Ints]  # of sale, lead, old
    expected: Floats
    seed: int


def write_block(
    books: Books,
    outlets: list[Outlet],
    number: int,
    size: Size,
    parts: Parts,
    products: pl.DataFrame,
    clock: Clock,
    seed: int,
) -> Told:
    """All documents of `outlets` (one market) into the books."""
    scene = Store(outlets, clock, parts)
    population = Population(np.random.default_rng([seed, 20, number]), scene.market, number)
    drawn = _draw(np.random.default_rng([seed, 10, number]), scene, size, products, population, number, seed)
    parc, known = _write_sales(
        books, scene, np.random.default_rng([seed, 11, number]), drawn, products, population, number
    )
    _write_plans(books, scene, np.random.default_rng([seed, 12, number]), drawn.expected)
    own = np.random.default_rng([seed, 16, number])
    truth = _write_aftersales(books, scene, np.random.default_rng([seed, 13, number]), own, parc)
    return Told(truth | {"customer_persons": known}, planning.market_units(drawn.cars, scene))


def _draw(
    rng: np.random.Generator,
    scene: Scene,
    size: Size,
    products: pl.DataFrame,
    population: Population,
    number: int,
    seed: int,
) -> Market:
    """Who buys, asks and owns; nothing is written yet."""
    expected = sales.expected_retail(scene.outlets, scene.clock, size.cars_a_month)
    cars = sales.draw_sales(rng, scene.outlets, scene.clock, expected, products, number)
    old = sales.old_cars(rng, scene.outlets, scene.clock, len(cars), products, number)
    leads = funnel.draw_leads(rng, scene, cars, expected)
    holders = population.add(len(old))
    buyers = _some_again(rng, population.add(len(cars)), holders)
    asking = _some_again(rng, population.add(len(leads)), np.concatenate([holders, buyers]))
    sale = leads["sale"].to_numpy()
    asking = np.where(sale >= 0, buyers[np.maximum(sale, 0)], asking)
    return Market(cars, old, leads, {"sale": buyers, "lead": asking, "old": holders}, expected, seed)


def _some_again(rng: np.random.Generator, persons: Ints, earlier: Ints) -> Ints:
    """A few are persons who were written down before."""
    again = rng.random(len(persons)) < _AGAIN
    return np.where(again, rng.choice(earlier, len(persons)), persons)


def _write_sales(
    books: Books,
    scene: Scene,
    rng: np.random.Generator,
    drawn: Market,
    products: pl.DataFrame,
    population: Population,
    number: int,
) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Sales documents. Returns the cars around with their customer records, and the truth of those."""
    cars, leads = drawn.cars, drawn.leads
    elsewhere = _serviced_elsewhere(rng, scene, drawn)
    customer, known = _write_records(books, scene, drawn, elsewhere, population)
    lead_keys = funnel.write_leads(books, scene, leads, customer["lead"], population, drawn.persons["lead"])
    sale = leads["sale"].to_numpy()
    fleets = np.random.default_rng([drawn.seed, 18, number])
    without_lead = np.setdiff1d(np.arange(len(cars)), sale[sale >= 0])
    accounts = accounts_filed.draw_accounts(fleets, cars, without_lead, customer["sale"])
    customer["sale"] = accounts.customer
    lead_of = np.full(len(cars), "", dtype=lead_keys.dtype)
    lead_of[sale[sale >= 0]] = lead_keys[sale >= 0]
    demo = _demo_cars(rng, scene, products, number)
    vehicles.write_demo_cars(books, scene, demo, products)
    vehicles.write_old_cars(books, scene, drawn.old, products)
    contracts = numbered("RO", scene.codes, cars["outlet"].to_numpy())
    vehicles.write_vehicles(books, scene, cars, products, contracts)
    vehicles.write_lost_orders(books, scene, rng, cars, products)
    funnel.write_visits(books, scene, rng, leads, lead_keys, customer["lead"], drawn.expected)
    funnel.write_test_drives(books, scene, rng, leads, lead_keys, demo)
    funnel.write_quotations(books, scene, rng, leads, lead_keys, cars, products)
    handover.write_contracts(books, scene, cars, products, contracts, customer["sale"], lead_of,
                             is_key_account=accounts.is_key_account)  # fmt: skip
    accounts_filed.write_filings(books, scene, fleets, cars, accounts)
    calls = np.random.default_rng([drawn.seed, 17, number])
    contacts.write_contacts(books, scene, calls, leads, lead_keys, customer["lead"])
    price = scene.car_price(products, cars["product"].to_numpy(), cars["order_day"].to_numpy())
    own = np.random.default_rng([drawn.seed, 15, number])
    beside.write_beside(books, scene, own, cars, contracts, customer["sale"], price)
    handover.write_broken_contracts(books, scene, rng, cars, products, customer["sale"])
    promotions.write_promotions(books, scene)
    owners.write_owners(
        books,
        scene,
        np.random.default_rng([drawn.seed, 14, number]),
        cars=cars,
        buyer=customer["sale"],
        old=drawn.old,
        holder=customer["old"],
        leads=leads,
        asking=customer["lead"],
    )
    return _parc(rng, scene, drawn, elsewhere, customer), known


def _demo_cars(rng: np.random.Generator, scene: Scene, products: pl.DataFrame, number: int) -> pl.DataFrame:
    outlet = vehicles.demo_outlets(scene)
    on_sale = [
        i
        for i, s in enumerate(products["series"])
        if next(x for x in SERIES if x.code == s).launch_month is None
    ]
    product = rng.choice(on_sale, len(outlet))
    produced = np.full(len(outlet), -120)
    years = scene.dates(produced).dt.year().to_numpy().astype(np.int64)
    serial = number * 60_000 + 19_000 + np.arange(len(outlet))
    vins = make_vins(products["vds"].to_numpy()[product], years, serial)
    return pl.DataFrame({"outlet": outlet, "product": product, "vin": vins, "produced_day": produced})


def _serviced_elsewhere(rng: np.random.Generator, scene: Scene, drawn: Market) -> pl.DataFrame:
    """Cars that a second outlet comes to know: kind (sale or old), row, outlet, from_day."""
    serving = np.array([i for i, o in enumerate(scene.outlets) if o.serves])
    frames = []
    for kind, cars in (("sale", drawn.cars), ("old", drawn.old)):
        home = cars["outlet"].to_numpy()
        never_served = ~np.array([o.serves for o in scene.outlets])[home]
        rows = np.flatnonzero(never_served | (rng.random(len(cars)) < _ELSEWHERE))
        outlet = rng.choice(serving, len(rows))
        delivered = np.maximum(cars["delivered_day"].to_numpy()[rows], -250)
        frames.append(
            pl.DataFrame(
                {"row": rows, "outlet": outlet, "from_day": delivered + rng.integers(30, 240, len(rows))}
            )
            .with_columns(kind=pl.lit(kind))
            .filter(pl.Series(outlet != home[rows]))
        )
    return pl.concat(frames)


def _write_records(
    books: Books, scene: Scene, drawn: Market, elsewhere: pl.DataFrame, population: Population
) -> tuple[dict[str, np.ndarray], pl.DataFrame]:
    """Customer records of leads, buyers without a lead, old owners and second workshops."""
    leads, cars, old = drawn.leads, drawn.cars, drawn.old
    sale = leads["sale"].to_numpy()
    noted = np.flatnonzero(leads["has_record"].to_numpy())
    direct = np.setdiff1d(np.arange(len(cars)), sale[sale >= 0])
    owner = np.where(
        elsewhere["kind"].to_numpy() == "sale",
        drawn.persons["sale"][np.minimum(elsewhere["row"].to_numpy(), len(cars) - 1)],
        drawn.persons["old"][np.minimum(elsewhere["row"].to_numpy(), len(old) - 1)],
    )
    pieces = [
        (
            leads["outlet"].to_numpy()[noted],
            leads["day"].to_numpy()[noted],
            leads["second"].to_numpy()[noted],
            drawn.persons["lead"][noted],
            "lead",
            "consultant",
        ),
        (
            cars["outlet"].to_numpy()[direct],
            cars["order_day"].to_numpy()[direct],
            cars["order_second"].to_numpy()[direct] - 60,
            drawn.persons["sale"][direct],
            "showroom",
            "consultant",
        ),
        (
            old["outlet"].to_numpy(),
            np.maximum(old["delivered_day"].to_numpy(), -340),
            np.full(len(old), 30_000),
            drawn.persons["old"],
            "showroom",
            "advisor",
        ),
        (
            elsewhere["outlet"].to_numpy(),
            elsewhere["from_day"].to_numpy(),
            np.full(len(elsewhere), 30_600),
            owner,
            "workshop",
            "advisor",
        ),
    ]
    records = pl.concat(
        [
            pl.DataFrame({"outlet": outlet, "day": day, "second": second, "person": person}).with_columns(
                source=pl.lit(source),
                staff=pl.Series(scene.people(position, outlet, person), dtype=pl.String),
            )
            for outlet, day, second, person, source, position in pieces
        ]
    )
    keys, known = write_customers(books, population, records, scene.clock, scene.codes)
    ends = np.cumsum([len(p[0]) for p in pieces])
    of_lead = np.full(len(leads), "", dtype=keys.dtype)
    of_lead[noted] = keys[: ends[0]]
    of_sale = np.full(len(cars), "", dtype=keys.dtype)
    of_sale[sale[sale >= 0]] = of_lead[sale >= 0]
    of_sale[direct] = keys[ends[0] : ends[1]]
    customer = {
        "lead": of_lead,
        "sale": of_sale,
        "old": keys[ends[1] : ends[2]],
        "elsewhere": keys[ends[2] :],
    }
    return customer, known


def _parc(
    rng: np.random.Generator,
    scene: Scene,
    drawn: Market,
    elsewhere: pl.DataFrame,
    customer: dict[str, np.ndarray],
) -> pl.DataFrame:
    """Cars each workshop knows: outlet, vin, customer, from_day, delivered_day, series, km_a_day, loyalty."""
    columns = ("outlet", "vin", "series", "delivered_day")
    homes = {"sale": drawn.cars.select(columns), "old": drawn.old.select(columns)}
    pace = {kind: rng.gamma(5.0, 9.0, len(cars)) for kind, cars in homes.items()}
    loyalty = {kind: rng.gamma(_LOYALTY_SHAPE, 1 / _LOYALTY_SHAPE, len(cars)) for kind, cars in homes.items()}
    frames = []
    for kind, cars in homes.items():
        cars = cars.with_columns(km_a_day=pace[kind], loyalty=loyalty[kind])
        frames.append(cars.with_columns(customer=pl.Series(customer[kind]), from_day="delivered_day"))
        away = (elsewhere["kind"] == kind).to_numpy()
        moved = cars[elsewhere["row"].to_numpy()[away]]
        frames.append(
            moved.with_columns(
                outlet=elsewhere["outlet"].filter(away),
                customer=pl.Series(customer["elsewhere"][away]),
                from_day=elsewhere["from_day"].filter(away),
            )
        )
    serves = np.array([o.serves for o in scene.outlets])
    parc = pl.concat(frames)
    return parc.filter(pl.Series(serves[parc["outlet"].to_numpy()]))


def _write_plans(books: Books, scene: Scene, rng: np.random.Generator, expected: Floats) -> None:
    planning.write_targets(books, scene, expected)
    planning.write_plans(books, scene, rng, expected)


def _write_aftersales(
    books: Books, scene: Store, rng: np.random.Generator, own: np.random.Generator, parc: pl.DataFrame
) -> dict[str, pl.DataFrame]:
    """Requests, shelf, workshop and counter; `own` is the generator of targets and plans."""
    expected, _ = expected_requests(rng, scene.outlets, scene.parts, scene.clock)
    parts_planning.write_parts_planning(books, scene, own, expected)
    requests = draw_requests(rng, scene.outlets, scene.parts, scene.clock, expected)
    past = requests.take(np.flatnonzero(requests.day < scene.clock.cut_day))
    outcome = simulate_stock(rng, scene.outlets, scene.parts, scene.clock, past, expected)
    visits = service.draw_visits(rng, scene, requests, parc)
    service.write_service(books, scene, rng, requests, outcome, visits, parc)
    campaigns.write_recalled(books, scene, parc, visits.frame)
    order = visits.keys_of()[: len(past)]
    vins = np.concatenate([parc["vin"].to_numpy()[visits.frame["car"].to_numpy()].astype(str), [""]])
    vin = vins[visits.order_of[: len(past)]]
    asked = write_parts(books, scene, past, outcome, repair_order=order, vin=vin)
    return {
        "part_demand_requests": asked,
        "part_demand_expected": expected_units(expected, scene.outlets, scene.parts, scene.clock),
        "car_owners": parc.unique("vin", keep="first", maintain_order=True).select(
            "vin", "km_a_day", "loyalty"
        ),
    }
