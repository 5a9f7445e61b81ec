"""Which records meet, and how alike they are.

In: keys of one kind (persons or companies) in a session. Out: `edge` (l, r, pattern, rarity_self,
rarity_shared), one row per pair of records that share a meeting key. Records are numbered in the order of
their record_id and `l < r` always, so nothing depends on the order of rows. A pattern holds one digit to base
8 per comparison: 0 not comparable, 1 the best level. Rarities are sums of log2 of the values' frequencies at
levels that have one.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import polars as pl

from models.identity.declare import Comparison, Kind
from models.identity.session import Session

EVERY_PAIR = 600_000  # so few pairs are all looked at, without meeting keys
SMALL_FILE = 150_000  # records up to which wide meeting keys are used too
HOLDERS = 64  # a meeting key that more records hold is left out: 2,016 pairs of which hardly any match
PAIRS_OF_A_KEY = (3.0, 150_000, 0.4)  # per record; never fewer in all; never fewer per record
LAND = "coalesce(country, '')"
BLOCK = 250_000  # records whose pairs are compared at once
SEED = 20_250_101
SAMPLE = 400_000  # random pairs that show how often strangers agree


@dataclass(frozen=True, slots=True)
class Reference:
    """What the population looks like: how many records, how frequent each value, how full a key may be.

    Kept with a model, so that a delta is judged exactly as a full run would judge it.
    """

    population: pl.DataFrame  # land, people: records by country
    frequency: pl.DataFrame  # land, field, value, records, holders
    fullest: tuple[int, ...]  # by meeting key: records up to which its values bring records together

    @property
    def records(self) -> int:
        return int(self.population["people"].sum())

    @property
    def all_pairs(self) -> float:
        """Pairs of records of one country."""
        return max(float((self.population["people"] * (self.population["people"] - 1) / 2).sum()), 1.0)


def load(session: Session, keys: pl.DataFrame, kind: Kind, reference: Reference | None = None) -> Reference:
    """Table `record` of one kind, numbered, with rarities. Returns the population it is judged by."""
    own = keys.filter(pl.col("kind") == kind.name).sort("record_id").with_row_index("rid")
    is_unknown = pl.any_horizontal(pl.col(c).is_null() for c in kind.identifying)
    session.add(
        "plain", own.with_columns(is_first=is_unknown | pl.struct(kind.identifying).is_first_distinct())
    )
    del own
    if reference is None:
        counted = session.frame(
            f"select {LAND} as land, count(*) as people from plain group by land order by land"
        )
        reference = Reference(counted, session.frame(_frequency_sql(kind)), ())
    session.add("population", reference.population)
    session.add("frequency", reference.frequency)
    session.run(record_sql(kind))
    session.run("drop table plain")
    return reference


def meets_all(reference: Reference) -> bool:
    """Whether the file is so small that every pair of a country is looked at."""
    return reference.records * (reference.records - 1) // 2 <= EVERY_PAIR


def meet(session: Session, kind: Kind, reference: Reference) -> Reference:
    """Table `pair`: every two records that share a meeting key.

    A value held by too many records is left out; from where on is found once and kept in the reference.
    """
    session.run("create or replace table pair (l uinteger, r uinteger)")
    if meets_all(reference):
        session.run(
            "insert into pair select l.rid, r.rid from record l join record r"
            " on l.country is not distinct from r.country and l.rid < r.rid"
        )
    fullest = []
    for n, columns in enumerate(keys_used(kind, reference)):
        session.run(_held_sql(columns))
        cap = reference.fullest[n] if reference.fullest else _fullest(session, reference.records)
        session.run(
            "insert into pair select l.rid, r.rid from held l join held r on l.key = r.key and l.rid < r.rid"
            f" where l.n <= {cap}"
        )
        fullest.append(cap)
    session.run("create or replace table pair as select distinct l, r from pair")
    return Reference(reference.population, reference.frequency, tuple(fullest))


def keys_used(kind: Kind, reference: Reference) -> tuple[str, ...]:
    """Where every pair of a country meets, only what reaches across borders is left to look for."""
    if meets_all(reference):
        return kind.worldwide_keys
    wide = kind.wide_keys if reference.records <= SMALL_FILE else ()
    return (*kind.worldwide_keys, *kind.meeting_keys, *wide)


def compare(session: Session, kind: Kind) -> None:
    """Table `edge` of the pairs in table `pair`.

    In blocks by the left record: both sides' texts beside all pairs at once would be most of the memory.
    """
    most = session.frame("select coalesce(max(l), 0)::bigint as most from pair")["most"].item()
    for block in range(int(most) // BLOCK + 1):
        some = f"(select l, r from pair where l // {BLOCK} = {block})"
        into = "insert into edge" if block else "create or replace table edge as"
        session.run(f"{into} {compare_sql(kind, some)}")


def random_pairs(session: Session, kind: Kind) -> pl.DataFrame:
    """Patterns of pairs drawn at random within a country, with `pairs` per pattern.

    Records are numbered in the order of their ids and the generator is seeded: equal records, equal draw.
    """
    numbered = session.frame("select rid, coalesce(country, '') as country from record order by country, rid")
    session.add("drawn", _drawn(numbered, min(SAMPLE, 20 * numbered.height)))
    return session.frame(
        f"select pattern, count(*) as pairs from ({compare_sql(kind, 'drawn')}) group by pattern"
    )


def _drawn(numbered: pl.DataFrame, count: int) -> pl.DataFrame:
    """`count` pairs l, r of different records of one country; none when no country has two."""
    rids, places = numbered["rid"].to_numpy(), numbered["country"].rle_id().to_numpy()
    starts = np.searchsorted(places, np.arange(int(places[-1]) + 1 if len(places) else 0))
    sizes = np.diff(np.append(starts, len(places)))
    rng = np.random.default_rng(SEED)
    left = rng.integers(0, max(len(rids), 1), count if len(rids) else 0)
    right = starts[places[left]] + rng.integers(0, sizes[places[left]])
    return pl.DataFrame({"l": rids[left], "r": rids[right]}).filter(pl.col("l") != pl.col("r"))


def compare_sql(kind: Kind, pairs: str) -> str:
    """Pattern and rarities of every pair in `pairs` (l, r)."""
    levels = ", ".join(f"{_level_sql(c)} as c_{c.name}" for c in kind.comparisons)
    pattern = " + ".join(f"c_{c.name}::bigint * {8**n}" for n, c in enumerate(kind.comparisons))
    self_, shared = (_rarity_sql(kind, about) for about in ("self", "shared"))
    rarities = ", ".join(f"l.rare_{column}" for column in rare_columns(kind))
    return (
        f"select l, r, {pattern} as pattern, ({self_})::float as rarity_self,"
        f" ({shared})::float as rarity_shared"
        f" from (select p.l, p.r, {levels}, {rarities} from {pairs} p"
        " join record l on l.rid = p.l join record r on r.rid = p.r)"
    )


def rare_columns(kind: Kind) -> list[str]:
    """Columns whose values' frequencies count, each once."""
    return sorted({level.rarity for c in kind.comparisons for level in c.levels if level.rarity})


def _level_sql(comparison: Comparison) -> str:
    whens = " ".join(f"when {level.sql} then {n}" for n, level in enumerate(comparison.levels, 1))
    return f"case when not ({comparison.known}) then 0 {whens} else {comparison.size} end"


def _rarity_sql(kind: Kind, about: str) -> str:
    terms = [
        f"if(c_{c.name} = {n}, rare_{level.rarity}, 0)"
        for c in kind.comparisons
        if c.about == about
        for n, level in enumerate(c.levels, 1)
        if level.rarity
    ]
    return " + ".join(terms) or "0"


def _frequency_sql(kind: Kind) -> str:
    """How many hold each value: one row per country, field and value that more than one record holds.

    Within a country, because a name that is rare in the world may be everybody's in its market. Of records
    that agree in all that identifies, which are most likely one person written down twice, the first counts.
    """
    fields = (
        f"select {LAND} as land, '{column}' as field, {column}::varchar as value, count(*) as records,"
        " greatest(count(*) filter (is_first), 1) as holders from plain"
        f" where {column} is not null group by all having count(*) > 1"
        for column in rare_columns(kind)
    )
    return " union all ".join(fields)


def record_sql(kind: Kind) -> str:
    """Keys beside the log2 of how frequent each value is in the record's country."""
    columns = rare_columns(kind)
    joins = " ".join(
        f"left join (select land, value, holders from frequency where field = '{c}') f_{c}"
        f" on f_{c}.value = p.{c}::varchar and f_{c}.land = coalesce(p.country, '')"
        for c in columns
    )
    rarities = ", ".join(
        f"log2(coalesce(f_{c}.holders, 1) / greatest(coalesce(c.people, 2), 2))::float as rare_{c}"
        for c in columns
    )
    return (
        f"create or replace table record as select p.* exclude (is_first), {rarities} from plain p"
        f" left join population c on c.land = coalesce(p.country, '') {joins}"
    )


def key_sql(columns: str) -> str:
    """rid, key of every record that knows the columns of a meeting key."""
    parts = _parts(columns)
    known = " and ".join(f"{part} is not null" for part in parts if "coalesce" not in part)
    return f"select rid, hash({', '.join(parts)}) as key from record where {known}"


def _held_sql(columns: str) -> str:
    """Table `held`: rid, key, n for every value of a meeting key that two records hold."""
    return (
        f"create or replace table held as with keyed as ({key_sql(columns)}),"
        " counted as (select key, count(*) as n from keyed group by key having n > 1)"
        " select rid, key, n from keyed join counted using (key)"
    )


def _fullest(session: Session, records: int) -> int:
    """How many records a value may bring together, so that the key makes no more pairs than it may."""
    sizes = session.frame("select n, count(*) as held from held group by n order by n")
    per_record, at_least, floor = PAIRS_OF_A_KEY
    allowed = max(min(per_record * records, at_least), floor * records)
    pairs = (sizes["held"] * (sizes["n"] - 1) / 2).cum_sum()
    fitting = sizes.filter((pairs <= allowed) & (sizes["n"] <= HOLDERS))
    return int(fitting["n"].max() or 1)  # type: ignore[arg-type]


def _parts(columns: str) -> list[str]:
    """Split at commas outside brackets."""
    parts, depth, start = [], 0, 0
    for at, sign in enumerate(columns):
        depth += (sign in "([") - (sign in ")]")
        if sign == "," and depth == 0:
            parts.append(columns[start:at].strip())
            start = at + 1
    return [*parts, columns[start:].strip()]
