"""What a run keeps, so that the next one resolves only what is new: one DuckDB file that nobody else reads.

Per kind a schema: `record` (keys, rid, rarities, mark), `key` (meeting keys of every record), `pair` (scored,
l and r by rid, the smaller record_id left), `cluster`, `population`, `frequency`, `model`. It holds
normalised personal fields: an erasure deletes the file, and the next run is a full one.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path

import numpy as np
import polars as pl

from models.identity.decide import Bands, banded
from models.identity.declare import KINDS, Kind
from models.identity.fit import Weights
from models.identity.pairs import Reference, key_sql, keys_used, meets_all
from models.identity.resolution import DECIDED, Model, Resolution, named, together
from models.identity.session import Session, open_session

FILE = "kept"  # the name under which the file is attached
BY_COUNTRY = 255  # number of the meeting key of small files: everybody of a country
PAIR = "l, r, pattern, rarity_self, rarity_shared, weight, household"
_CHANCES = ("same", "household", "stranger")


@contextmanager
def written(path: Path | None) -> Iterator[Draft | None]:
    """A draft that takes the place of `path` when the block ends well, and is gone when it does not."""
    if path is None:
        yield None
        return
    path.parent.mkdir(parents=True, exist_ok=True)
    draft = path.with_suffix(".draft")
    forget(draft)
    try:
        yield Draft(draft)
        forget(path)
        draft.replace(path)
    finally:
        forget(draft)


class Draft:
    """The file while a full run writes it, kind by kind."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def add(
        self, session: Session, kind: Kind, model: Model, pairs: pl.DataFrame, clusters: pl.Series
    ) -> None:
        """All of one kind. `pairs` numbered as in table `record`; `clusters` in the order of the numbers."""
        session.attach(self.path, FILE)
        at = f"{FILE}.{kind.name}"
        session.run(f"create schema {at}")
        for table in ("record", "population", "frequency"):
            session.run(f"create table {at}.{table} as from main.{table}")
        session.run(f"create table {at}.key as {every_key_sql(kind, model.reference)}")
        _table(session, f"{at}.pair", pairs.select(PAIR.split(", ")))
        labels = pl.DataFrame(
            {"rid": np.arange(len(clusters), dtype=np.uint32), "cluster": clusters.cast(pl.String)}
        )
        _table(session, f"{at}.cluster", labels)
        _table(session, f"{at}.model", pl.DataFrame({"told": [_written_model(model)]}))
        session.detach(FILE)

    def finish(self, decisions: pl.DataFrame | None) -> None:
        """What counts for both kinds."""
        with open_session() as session:
            session.attach(self.path, FILE)
            known = decisions.select(list(DECIDED)) if decisions is not None else pl.DataFrame(schema=DECIDED)
            _table(session, f"{FILE}.main.decision", known)


def forget(path: Path) -> None:
    """Delete the file and what DuckDB may have left beside it."""
    for leftover in path.parent.glob(f"{path.name}*"):
        leftover.unlink()


def marks(path: Path) -> pl.DataFrame:
    """record_id, mark of every record that is kept; `mark` is what the caller gave with the keys."""
    with open_session() as session:
        session.attach(path, FILE, read_only=True)
        found = [session.frame(f"select record_id, mark from {FILE}.{k.name}.record") for k in kinds(session)]
    return pl.concat(found)


def resolution(path: Path, bands: Bands, *, shown: bool = False) -> Resolution:
    """All that is kept; with `shown` only pairs of a band and households."""
    with open_session() as session:
        session.attach(path, FILE, read_only=True)
        return together([_read(session, kind, bands, shown=shown) for kind in kinds(session)])


def kinds(session: Session) -> list[Kind]:
    """The kinds that the attached file knows."""
    query = f"select schema_name from duckdb_schemas() where database_name = '{FILE}'"
    found = set(session.frame(query)["schema_name"])
    return [kind for kind in KINDS if kind.name in found]


def read_model(session: Session, kind: Kind) -> Model:
    """The model of the attached file; of its reference the frequencies stay where they are."""
    told = json.loads(session.frame(f"select told from {FILE}.{kind.name}.model")["told"].item())
    same, household, stranger = (tuple(np.array(values) for values in told.pop(name)) for name in _CHANCES)
    line, fullest = told.pop("line"), tuple(told.pop("fullest"))
    weights = Weights(same=same, household=household, stranger=stranger, **told)
    population = session.frame(f"from {FILE}.{kind.name}.population")
    return Model(weights, Reference(population, pl.DataFrame(), fullest), line)


def every_key_sql(kind: Kind, reference: Reference) -> str:
    """block, key, rid of all meeting keys of table `record`; small files meet by country besides."""
    keys = [
        f"select {n}::utinyint as block, key, rid from ({key_sql(columns)})"
        for n, columns in enumerate(keys_used(kind, reference))
    ]
    if meets_all(reference):
        keys.append(f"select {BY_COUNTRY}::utinyint as block, hash(country) as key, rid from record")
    return " union all ".join(keys)


def _read(session: Session, kind: Kind, bands: Bands, *, shown: bool) -> Resolution:
    at, model = f"{FILE}.{kind.name}", read_model(session, kind)
    clusters = session.frame(
        f"select record_id, '{kind.name}' as kind, cluster, rid"
        f" from {at}.record join {at}.cluster using (rid) order by record_id"
    )
    numbers = np.zeros(int(clusters["rid"].max() or 0) + 1, dtype=np.uint32)  # type: ignore[arg-type]
    numbers[clusters["rid"].to_numpy()] = np.arange(clusters.height, dtype=np.uint32)
    pairs = banded(session.frame(f"select {PAIR} from {at}.pair"), bands, model.line)
    if shown:
        pairs = pairs.filter((pl.col("band") != "no") | (pl.col("household") > 0))
    pairs = pairs.with_columns(l=pl.Series(numbers[pairs["l"]]), r=pl.Series(numbers[pairs["r"]]))
    own = named(pairs.sort("l", "r"), clusters["record_id"], kind.name)
    return Resolution(clusters.drop("rid"), own, {kind.name: model})


def _written_model(model: Model) -> str:
    told = {name: value for name, value in asdict(model.weights).items() if name not in _CHANCES}
    told |= {name: [c.tolist() for c in getattr(model.weights, name)] for name in _CHANCES}
    return json.dumps({**told, "line": model.line, "fullest": list(model.reference.fullest)})


def _table(session: Session, name: str, frame: pl.DataFrame) -> None:
    session.add("brought", frame)
    session.run(f"create table {name} as from main.brought")
    session.run("drop table main.brought")
