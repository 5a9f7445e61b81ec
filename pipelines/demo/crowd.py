"""Customer records by the hundred thousand with the truth beside them, for measuring who is taken for whom.

In: how many, a seed. Out: record_id, the fields of a customer record, person_id. The same people and the same
clerks as the demo's (`people.py`), without documents around them: several dealers write one person down,
households share phone and address, names come in two scripts and with typing errors.
"""

from __future__ import annotations

import numpy as np
import polars as pl

from pipelines.demo.brand import MARKETS
from pipelines.demo.people import Population, as_written

BLOCKS = 4  # groups of dealers in a market, each with people of its own
_RECORDS = (0.5, 0.3, 0.15, 0.05)  # share of persons that 1, 2, 3 and 4 outlets know
_FIELDS = ("customer_type", "given_name", "family_name", "company_name", "phone", "email", "address_line",
           "postcode", "city", "country", "national_id", "birth_date")  # fmt: skip
SCHEMA = {
    "record_id": pl.String,
    **dict.fromkeys(_FIELDS, pl.String),
    "birth_date": pl.Date,
    "person_id": pl.String,
}


def crowd(count: int, *, seed: int) -> pl.DataFrame:
    """`count` records in the columns of SCHEMA, shuffled, so that neighbours are strangers."""
    per_block = -(-count // (len(MARKETS) * BLOCKS))
    parts = [
        _block(np.random.default_rng([seed, market, block]), market, market * BLOCKS + block, per_block)
        for market in range(len(MARKETS))
        for block in range(BLOCKS)
    ]
    return pl.concat(parts).head(count).sample(fraction=1, shuffle=True, seed=seed)


def _block(rng: np.random.Generator, market: int, block: int, count: int) -> pl.DataFrame:
    population = Population(rng, market, block)
    records = 1 + rng.choice(len(_RECORDS), p=_RECORDS, size=count)
    persons = np.repeat(population.add(count), records)[:count]
    draws = rng.random((count, 16))
    first = np.append(True, persons[1:] != persons[:-1])
    rows = []
    for n, person in enumerate(persons):
        written = as_written(population, population.persons[person], draws[n], is_repeat=not first[n])
        key = f"CU-{block:03d}-{int(draws[n][15] * 90):02d}-{n:06d}"
        rows.append((key, *(written[f] for f in _FIELDS), population.person_id(int(person))))
    return pl.DataFrame(rows, schema=SCHEMA, orient="row")
