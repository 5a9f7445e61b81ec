"""Customers as outlets write them down: the same person twice, misspelt, in another script, with a new phone.

In: which person asks at which outlet and when. Out: customer_record documents and the truth behind them.
Members of one household share family name, address and at times the phone: they are not duplicates.
"""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass
from datetime import date, timedelta

import numpy as np
import polars as pl

from pipelines.demo.brand import MARKETS, NAMES
from pipelines.demo.clock import Clock, Ints
from pipelines.demo.events import Books
from pipelines.demo.permissions import write_permissions

_UMLAUTS = str.maketrans({"ä": "ae", "ö": "oe", "ü": "ue", "ß": "ss", "Ä": "Ae", "Ö": "Oe", "Ü": "Ue"})
_STREETS = (
    "Harbour Road",
    "Garden Street",
    "Station Road",
    "Palm Avenue",
    "Hill Lane",
    "Market Street",
    "Ring Road",
)
_HOBBIES = ("football", "cooking", "travel", "cricket", "music", "fishing", "reading")
_BANDS = ("low", "middle", "upper", "high")


@dataclass(slots=True)
class Person:
    """Who somebody really is."""

    given: int
    family: int
    is_company: bool
    phone: str
    email: str
    address: str
    postcode: str
    city: str
    national_id: str
    birth: date


class Population:
    """The persons of one block, made on demand and never forgotten."""

    def __init__(self, rng: np.random.Generator, market: int, block: int) -> None:
        self.rng, self.market, self.block = rng, market, block
        self.names = NAMES[MARKETS[market].code]
        self.persons: list[Person] = []

    def add(self, count: int) -> Ints:
        """Indices of `count` new persons; one in twelve joins a known household."""
        first = len(self.persons)
        draws = self.rng.random((count, 6))
        for draw in draws:
            self.persons.append(self._person(draw))
        return np.arange(first, first + count)

    def person_id(self, index: int) -> str:
        return f"P{self.block:03d}-{index:06d}"

    def _person(self, draw: np.ndarray) -> Person:
        market, number = MARKETS[self.market], len(self.persons)
        given = int(draw[0] * len(self.names.given))
        family = int(draw[1] * len(self.names.family))
        tail = f"{(self.block * 1_000_003 + number * 7919) % 10**6:06d}"
        local = unicodedata.normalize("NFKD", self.names.given[given][0]).encode("ascii", "ignore").decode()
        person = Person(
            given=given,
            family=family,
            is_company=draw[2] < 0.05,
            phone=f"{market.dial}0{tail}",
            email=f"{local.lower().replace(' ', '.')}.{self.block}{number}@example.com",
            address=f"{1 + int(draw[3] * 180)} {_STREETS[int(draw[4] * len(_STREETS))]}",
            postcode=f"{10_000 + int(draw[5] * 89_999)}",
            city=market.cities[int(draw[3] * len(market.cities))],
            national_id=f"{market.code}{self.block:03d}{number:07d}",
            birth=date(1950, 1, 1) + timedelta(days=int(draw[4] * 19_700)),
        )
        if number > 20 and draw[2] > 0.92:
            head = self.persons[int(draw[5] * number)]
            person.family, person.address, person.postcode, person.city = (
                head.family, head.address, head.postcode, head.city,
            )  # fmt: skip
            if draw[2] > 0.96:
                person.phone = head.phone
        return person


def write_customers(
    books: Books, population: Population, records: pl.DataFrame, clock: Clock, codes: np.ndarray
) -> tuple[np.ndarray, pl.DataFrame]:
    """records: person, outlet, day, second, source, staff. Returns a key per row, and the truth.

    A person's first record is as they say it; later ones carry errors.
    """
    order = records.with_row_index("row").sort("day", "second", "row")
    rows, truth, seen = [], [], set[int]()
    keys = np.empty(len(records), dtype=object)
    counter: dict[int, int] = {}
    draws = population.rng.random((len(records), 16))
    for n, record in enumerate(order.iter_rows(named=True)):
        outlet, person = record["outlet"], record["person"]
        counter[outlet] = counter.get(outlet, 0) + 1
        key = f"CU-{codes[outlet]}-{counter[outlet]:06d}"
        keys[record["row"]] = key
        written = as_written(population, population.persons[person], draws[n], is_repeat=person in seen)
        seen.add(person)
        rows.append(
            {
                "key": key,
                "outlet_id": codes[outlet],
                "source": record["source"],
                "by": record["staff"],
                **written,
            }
        )
        truth.append((key, codes[outlet], population.person_id(person)))
    market = np.full(len(order), population.market)
    at = clock.instants(market, order["day"].to_numpy(), order["second"].to_numpy())
    frame = pl.DataFrame(rows, infer_schema_length=None).with_columns(at=at)
    books["customer_record"].open(frame)
    # A generator of its own: what people allow changes nothing else in the simulation.
    write_permissions(books, frame, population.rng.spawn(1)[0])
    known = pl.DataFrame(truth, schema=["customer_id", "outlet_id", "person_id"], orient="row")
    return keys.astype(str), known.filter(at < clock.cut)


def as_written(
    population: Population, person: Person, draw: np.ndarray, *, is_repeat: bool
) -> dict[str, object]:
    """The fields as the outlet typed them."""
    names, market = population.names, MARKETS[population.market]
    script = 1 if draw[0] < 0.25 else 0
    given, family = names.given[person.given][script], names.family[person.family][script]
    phone: str | None = person.phone
    email: str | None = person.email if draw[1] < 0.7 else None
    address, birth = person.address, person.birth if draw[2] < 0.75 else None
    if is_repeat:
        given, family = (
            _misspelt(names.spellings, given, draw[3]),
            _misspelt(names.spellings, family, draw[4]),
        )
        family = _typo(family, draw[5]) if draw[6] < 0.12 else family
        phone = _other_phone(person.phone, draw[7])
        email = email.replace("@", ".1@") if email and draw[8] < 0.1 else email
        address = address.replace("Street", "St").replace("Road", "Rd") if draw[9] < 0.4 else address
        if birth and birth.day <= 12 and draw[10] < 0.06:
            birth = date(birth.year, birth.day, birth.month)
    return {
        "customer_type": "company" if person.is_company else "person",
        "given_name": None if person.is_company else given,
        "family_name": None if person.is_company else family,
        "company_name": f"{family} Trading" if person.is_company else None,
        "phone": phone,
        "email": email,
        "address_line": address if draw[11] < 0.8 else None,
        "postcode": person.postcode if draw[11] < 0.8 else None,
        "city": person.city,
        "country": market.code,
        "national_id": person.national_id if draw[12] < 0.45 else None,
        "birth_date": None if person.is_company else birth,
        "income_band": _BANDS[int(draw[13] * 4)] if draw[14] < 0.3 else None,
        "hobby": _HOBBIES[int(draw[13] * len(_HOBBIES))] if draw[15] < 0.2 else None,
        "language": market.language,
    }


def _misspelt(spellings: dict[str, tuple[str, ...]], name: str, draw: float) -> str:
    """Another transliteration, or the name without its marks."""
    others = spellings.get(name, ())
    if others and draw < 0.4:
        return others[int(draw / 0.4 * len(others))]
    if draw > 0.75:
        plain = unicodedata.normalize("NFKD", name.translate(_UMLAUTS)).encode("ascii", "ignore").decode()
        return plain if len(plain) >= 2 else name
    return name


def _typo(name: str, draw: float) -> str:
    """Two neighbours swapped, or one character left out."""
    if len(name) < 4:
        return name
    at = 1 + int(draw * (len(name) - 2))
    if int(draw * 100) % 2:
        return name[:at] + name[at + 1 :]
    return name[: at - 1] + name[at] + name[at - 1] + name[at + 1 :]


def _other_phone(phone: str, draw: float) -> str | None:
    if draw < 0.08:
        return None
    if draw < 0.20:
        return phone[:-6] + f"{int(draw * 1e7) % 10**6:06d}"
    if draw < 0.26:
        at = len(phone) - 2
        return phone[: at - 1] + phone[at] + phone[at - 1] + phone[at + 1 :]
    return phone
