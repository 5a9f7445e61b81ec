"""New and changed records against what is kept: the same edges as a full run, without scoring it again.

In: the kept file (`kept`), keys of new and changed records, ids of those that are gone, decisions. Out: the
file brought up to date, `Delta` with what moved. Judged by the kept model and population, so an edge of a
record that is here is exactly the one that a full run by the same model finds. Where a delta lets a meeting
key outgrow its limit, old pairs that met by that key alone stay, which a full run would not look at.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import polars as pl

from models.identity import decide, kept
from models.identity.cluster import Floats, Ints, Score, cluster, components
from models.identity.declare import KINDS, Kind
from models.identity.kept import BY_COUNTRY, FILE, PAIR
from models.identity.pairs import compare, record_sql
from models.identity.resolution import DECIDED, Model
from models.identity.resolve import numbered, scorer
from models.identity.session import Session, open_session

LINKS = {"l": pl.UInt32, "r": pl.UInt32}


class FullRunNeeded(ValueError):
    """There are companies where only persons are kept, or the reverse: nothing says how to judge them."""


@dataclass(frozen=True, slots=True)
class Delta:
    """What a delta did: records resolved, pairs of theirs that are kept, records clustered anew."""

    records: int
    pairs: int
    reclustered: int


def resolve_delta(
    path: Path, keys: pl.DataFrame, *, gone: pl.Series | None = None, decisions: pl.DataFrame | None = None
) -> Delta:
    """Bring the file at `path` up to date. `keys` as for `resolve`: new and changed records, those alone.

    `decisions` are all that are in force. Each kind is written at once; killed between the two, the next
    delta that is given the same records ends it. Raises FullRunNeeded.
    """
    now = decisions.select(list(DECIDED)) if decisions is not None else pl.DataFrame(schema=DECIDED)
    leaving = pl.concat([keys["record_id"], *([gone.cast(pl.String)] if gone is not None else [])])
    done = []
    for kind in KINDS:
        own = keys.filter(pl.col("kind") == kind.name)
        with open_session() as session:
            session.attach(path, FILE)
            if kind in kept.kinds(session):
                done.append(_bring(session, kind, own, leaving, now))
            elif own.height:
                raise FullRunNeeded(f"nothing is kept about a {kind.name}: resolve everything once")
    _keep_decisions(path, now)
    return Delta(*(sum(getattr(d, name) for d in done) for name in ("records", "pairs", "reclustered")))


def _bring(
    session: Session, kind: Kind, keys: pl.DataFrame, leaving: pl.Series, decisions: pl.DataFrame
) -> Delta:
    at, model = f"{FILE}.{kind.name}", kept.read_model(session, kind)
    line = decide.log_odds(model.line)
    first = _load(session, kind, at, keys, leaving)
    _meet(session, kind, at, model)
    compare(session, kind)
    met = session.frame("select distinct pattern from edge order by pattern")
    session.add("scored", decide.score(session, kind, model.weights, met))
    members = _affected(session, at, decisions, line)
    labels = _recluster(session, at, members, decisions, line, scorer(session, kind, model.weights))
    with session.at_once():
        _write(session, at, first, labels)
    pairs = session.frame("select count(*) as n from scored")["n"].item()
    return Delta(keys.height, int(pairs), labels.height)


def _load(session: Session, kind: Kind, at: str, keys: pl.DataFrame, leaving: pl.Series) -> int:
    """Tables `record` (the new ones, numbered from the returned number on) and `leaving` (rid)."""
    session.add("leaving_id", pl.DataFrame({"record_id": leaving}))
    session.run(
        f"create table leaving as select rid from {at}.record where record_id in (from main.leaving_id)"
    )
    first = int(session.frame(f"select coalesce(max(rid) + 1, 0)::bigint as n from {at}.record")["n"].item())
    own = keys.sort("record_id").with_row_index("rid", offset=first)
    session.add("own", own)
    session.run("create table plain as select *, true as is_first from own")
    for table in ("population", "frequency"):
        session.run(f"create view {table} as from {at}.{table}")
    session.run(record_sql(kind))
    return first


def _meet(session: Session, kind: Kind, at: str, model: Model) -> None:
    """Table `pair`: a new record with every record that shares a meeting key; both loaded into `record`."""
    caps = [*enumerate(model.reference.fullest), (BY_COUNTRY, 2**31)]
    session.add("cap", pl.DataFrame(caps, schema={"block": pl.UInt8, "most": pl.Int64}, orient="row"))
    session.run(f"create table fresh as {kept.every_key_sql(kind, model.reference)}")
    session.run(
        f"create table held as select block, key, rid from {at}.key where (block, key) in"
        " (select block, key from fresh) and rid not in (from leaving)"
        " union all select block, key, rid from fresh"
    )
    session.run(
        "create table met as with"
        " counted as (select block, key, count(*) as n from held group by block, key),"
        " few as (select block, key from counted join cap using (block) where n <= most)"
        " select distinct o.rid as one, f.rid as other from fresh f join few using (block, key)"
        " join held o using (block, key) where o.rid < f.rid"
    )
    _fetch(session, at, "select one from met")
    session.run(
        "create table pair as select if(a.record_id < b.record_id, one, other) as l,"
        " if(a.record_id < b.record_id, other, one) as r from met"
        " join record a on a.rid = one join record b on b.rid = other"
    )


def _fetch(session: Session, at: str, rids: str) -> None:
    """The kept records among `rids` that are not there yet, into table `record`."""
    session.run(
        f"insert into record by name select * from {at}.record"
        f" where rid in ({rids}) and rid not in (select rid from record)"
    )


def _affected(session: Session, at: str, decisions: pl.DataFrame, line: float) -> pl.DataFrame:
    """rid, record_id of every component that may look different now, sorted by record_id; loaded too.

    Those are the components of new records, of neighbours of what left, and of what was decided anew.
    """
    before = session.frame(f"from {FILE}.main.decision")
    left = session.frame("from leaving")["rid"].to_numpy()
    linked = session.frame(f"select l, r from {at}.pair where weight >= {line}")
    fresh = session.frame(f"select l, r from scored where weight >= {line}")
    must = _ends(session, at, decisions.filter(decision="must_link"))
    old_must = _ends(session, at, before.filter(decision="must_link"), with_leaving=True)
    changed = pl.concat([decisions.join(before, on=list(DECIDED), how="anti", nulls_equal=True),
                         before.join(decisions, on=list(DECIDED), how="anti", nulls_equal=True)])  # fmt: skip
    beside = np.concatenate([_neighbours(part, left) for part in (linked, old_must)])
    decided = _ends(session, at, changed)
    new = session.frame("select rid from own")["rid"].to_numpy()
    dirty = np.unique(np.concatenate([new, beside, *(decided[c].to_numpy() for c in LINKS)]))
    here = linked.filter(~pl.col("l").is_in(left) & ~pl.col("r").is_in(left))
    rids = _component_members(pl.concat([here, fresh, must]), dirty)
    session.add("member", pl.DataFrame({"rid": pl.Series(rids, dtype=pl.UInt32)}))
    _fetch(session, at, "select rid from member")
    return session.frame("select rid, record_id from record semi join member using (rid) order by record_id")


def _neighbours(links: pl.DataFrame, left: Ints) -> Ints:
    """The other ends of links to what left, unless they left too."""
    if len(left) == 0 or links.is_empty():
        return np.array([], dtype=np.uint32)
    one, other = links["l"].to_numpy(), links["r"].to_numpy()
    one_left, other_left = np.isin(one, left), np.isin(other, left)
    return np.concatenate([other[one_left & ~other_left], one[other_left & ~one_left]])


def _ends(session: Session, at: str, decisions: pl.DataFrame, *, with_leaving: bool = False) -> pl.DataFrame:
    """Decisions on records of this kind that are here, as l, r by rid."""
    if decisions.is_empty():
        return pl.DataFrame(schema=LINKS)
    session.add("said", decisions)
    here = "" if with_leaving else " where rid not in (from leaving)"
    session.run(
        f"create or replace table known as select record_id, rid from {at}.record{here}"
        " union all select record_id, rid from own"
    )
    return session.frame(
        "select a.rid as l, b.rid as r from said join known a on a.record_id = record_l"
        " join known b on b.record_id = record_r"
    )


def _component_members(links: pl.DataFrame, dirty: Ints) -> Ints:
    """Every record connected to a dirty one, itself included."""
    if len(dirty) == 0:
        return dirty
    ends = np.concatenate([links["l"].to_numpy(), links["r"].to_numpy(), dirty])
    numbers, place = np.unique(ends, return_inverse=True)
    count = links.height
    local = pl.DataFrame({"l": place[:count], "r": place[count : 2 * count]})
    of = components(len(numbers), local)
    return numbers[np.isin(of, of[place[2 * count :]])]


def _recluster(
    session: Session, at: str, members: pl.DataFrame, decisions: pl.DataFrame, line: float, score: Score
) -> pl.DataFrame:
    """rid, cluster of the members, numbered in the order of their ids, as a full run numbers them."""
    rids = members["rid"].to_numpy()
    if len(rids) == 0:
        return pl.DataFrame(schema={"rid": pl.UInt32, "cluster": pl.String})
    of = members.select(rid="rid").with_row_index("n").with_columns(pl.col("n").cast(pl.Int64))
    session.add("numbered", of)
    pairs = session.frame(
        "select a.n as l, b.n as r, weight from"
        f" (select l, r, weight from {at}.pair where l not in (from leaving) and r not in (from leaving)"
        " union all select l, r, weight from scored)"
        " join numbered a on a.rid = l join numbered b on b.rid = r order by 1, 2"
    )

    def by_rid(local: pl.DataFrame) -> Floats:
        return score(
            local.with_columns(pl.Series(c, rids[local[c].to_numpy()].astype(np.int64)) for c in LINKS)
        )

    decided = numbered(decisions, members["record_id"])
    labels = cluster(len(rids), pairs, line, decided, by_rid)
    return pl.DataFrame({"rid": members["rid"], "cluster": members["record_id"][labels]})


def _write(session: Session, at: str, first: int, labels: pl.DataFrame) -> None:
    """All changes to the kept file; nothing else may be written in this transaction."""
    for table in ("record", "key", "cluster"):
        session.run(f"delete from {at}.{table} where rid in (from memory.leaving)")
    session.run(f"delete from {at}.pair where l in (from memory.leaving) or r in (from memory.leaving)")
    session.run(f"insert into {at}.record by name select * from memory.record where rid >= {first}")
    session.run(f"insert into {at}.key select block, key, rid from memory.fresh")
    session.run(f"insert into {at}.pair select {PAIR} from memory.scored")
    session.run(f"delete from {at}.cluster where rid in (select rid from memory.member)")
    session.insert(f"{at}.cluster", labels)


def _keep_decisions(path: Path, now: pl.DataFrame) -> None:
    with open_session() as session:
        session.attach(path, FILE)
        with session.at_once():
            session.run(f"delete from {FILE}.main.decision")
            session.insert(f"{FILE}.main.decision", now)
