"""Announced supersessions: demand expected of a number moves to its successor from the day it is replaced.

In: every version of every supersession (`fct_part_supersession`) and the demand expected of each number. Out:
where the demand of each number goes from which day on, and the months ahead after that. What a relation says
counts from the day on which it was recorded; relations in force have moved the history already.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

import polars as pl

from forecasting.distribution import demand_quantile

METHOD = "announced_supersession"  # of a number that has no history of its own
KEYS = ["outlet_id", "part_id"]
# One row per number, stretch of days and number asked for in it: `share` of the units, each becoming `factor`
# units. to_date is the first day after it, null where it has no end; of a set every part has its share of 1.
MOVES = {
    "part_id": pl.String, "from_date": pl.Date, "to_date": pl.Date, "current_part_id": pl.String,
    "share": pl.Float64, "factor": pl.Float64, "is_used_up_first": pl.Boolean,
}  # fmt: skip
NO_MOVES = pl.DataFrame(schema=MOVES)


@dataclass(frozen=True, slots=True)
class Hop:
    """One relation as it was known. share: of the units (all, but where it holds for some cars alone)."""

    relation: str
    part: str
    successor: str
    factor: float
    share: float
    set_code: str | None
    is_bounded: bool
    is_used_up_first: bool
    first: date
    last: date | None

    def holds(self, day: date) -> bool:
        return self.first <= day and (self.last is None or day <= self.last)


@dataclass(frozen=True, slots=True)
class End:
    """A number at the end of a chain: the share of the units that lead there, what one of them becomes."""

    part: str
    share: float
    factor: float


Chains = Mapping[str, Sequence[Hop]]


def announced(relations: pl.DataFrame, day: date) -> pl.DataFrame:
    """MOVES of every number whose demand goes elsewhere after `day`, from what was recorded by then.

    relations: fct_part_supersession, one row per part_relation_id and version. Chains are followed to their
    end, sets to every part; a number replaced for some cars keeps what their share leaves. A number that is
    replaced already has no demand of its own to move. A chain that turns in a circle stays where it is.
    """
    chains = _known(relations, day)
    rows: list[tuple[object, ...]] = []
    for part, hops in sorted(chains.items()):
        if any(hop.first > day for hop in hops) and not any(_replaces(hop, day) for hop in hops):
            rows += _stretches(part, chains, day)
    return pl.DataFrame(rows, schema=MOVES, orient="row")


def _replaces(hop: Hop, day: date) -> bool:
    return hop.holds(day) and not hop.is_bounded


def _known(relations: pl.DataFrame, day: date) -> Chains:
    """The last version of each relation recorded by `day`, by the number it replaces."""
    latest = (
        relations.filter(pl.col("known_date") <= day)
        .sort("version")
        .group_by("part_relation_id", maintain_order=True)
        .last()
        .sort("part_relation_id")
    )
    chains: dict[str, list[Hop]] = defaultdict(list)
    for row in latest.iter_rows(named=True):
        chains[row["part_id"]].append(
            Hop(
                row["part_relation_id"], row["part_id"], row["successor_part_id"], row["factor"],
                row["share"], row["set_code"], row["is_bounded"], row["use_up"] == "use_up_first",
                row["valid_from_date"], row["valid_to_date"],
            )
        )  # fmt: skip
    return chains


def _stretches(part: str, chains: Chains, day: date) -> list[tuple[object, ...]]:
    """MOVES of one number: stretches between days on which a relation it reaches begins or ends."""
    days = [day, *sorted(_changes(part, chains, day))]
    uses_up = all(hop.is_used_up_first for hop in chains[part] if hop.first > day)
    rows: list[tuple[object, ...]] = []
    for begin, end in zip(days, [*days[1:], None], strict=True):
        ends = _ends(part, chains, begin, known=day)
        rows += [(part, begin, end, e.part, e.share, e.factor, uses_up) for e in ends]
    return rows


def _changes(part: str, chains: Chains, day: date) -> set[date]:
    found, waiting, seen = set(), [part], {part}
    while waiting:
        for hop in chains.get(waiting.pop(), ()):
            ends = () if hop.last is None else (hop.last + timedelta(days=1),)
            found |= {d for d in (hop.first, *ends) if d > day}
            if hop.successor not in seen:
                seen.add(hop.successor)
                waiting.append(hop.successor)
    return found


def _ends(part: str, chains: Chains, day: date, *, known: date) -> list[End]:
    """Where units of `part` asked for on `day` lead; its own relations in force have done their work."""
    own = [hop for hop in chains[part] if hop.first > known]
    # what is left of a number that some cars have left already is all there is to move
    left = 1.0 - sum(hop.share for hop in chains[part] if hop.is_bounded and hop.holds(known))
    return _walk(part, chains, day, own=own, left=max(left, 0.0), seen=(part,)) or [End(part, 1.0, 1.0)]


def _walk(
    part: str, chains: Chains, day: date, *, own: Sequence[Hop], left: float, seen: tuple[str, ...]
) -> list[End] | None:
    """None where the chain turns in a circle."""
    ends: list[End] = []
    hops = _in_force(own, day)
    kept = 1.0
    for hop in hops:
        if hop.successor in seen:
            return None
        share = 1.0 if not hop.is_bounded else min(hop.share / left, 1.0) if left > 0 else 0.0
        kept = 0.0 if not hop.is_bounded else kept - share
        onward = _walk(
            hop.successor, chains, day, own=chains.get(hop.successor, ()), left=1.0,
            seen=(*seen, hop.successor),
        )  # fmt: skip
        if onward is None:
            return None
        ends += [End(e.part, e.share * share, e.factor * hop.factor) for e in onward]
    if kept > 1e-9:
        ends.append(End(part, kept, 1.0))
    return [end for end in ends if end.share > 0]


def _in_force(hops: Sequence[Hop], day: date) -> list[Hop]:
    """The latest relation for all cars with the rest of its set; where there is none, those for some cars."""
    holding = sorted((h for h in hops if h.holds(day)), key=lambda h: h.relation)
    whole = [hop for hop in holding if not hop.is_bounded]
    if not whole:
        return [hop for hop in holding if hop.set_code is None]
    latest = max(whole, key=lambda h: h.first)
    return [h for h in whole if h is latest or (h.set_code == latest.set_code and h.set_code is not None)]


def carried(cells: pl.DataFrame, moves: pl.DataFrame) -> pl.DataFrame:
    """The months ahead with demand at the number it will be asked for under.

    cells: KEYS, month, horizon, method, mean, certain (what was asked for already and stays where it is) and
    variance of the rest, for every number that `moves` names and an outlet knows. A month in which one is
    replaced is parted by days. Out: the same columns; a successor has every month, also before its first day.
    Months scatter independently, so variances add up; a unit that becomes two has four times the variance.
    """
    shares = _month_shares(moves, cells["month"].unique().sort())
    moved = cells.join(shares, on=["part_id", "month"], how="inner").with_columns(**_taken())
    stay = pl.col("current_part_id") == pl.col("part_id")
    arrive = moved.filter(~stay).select(
        "outlet_id",
        "month",
        "horizon",
        part_id="current_part_id",
        method=pl.lit(METHOD),
        mean=pl.col("taken") * pl.col("factor"),
        certain=pl.lit(0.0),
        variance=pl.col("taken") * pl.col("factor") ** 2 * pl.col("dispersion"),
    )
    left = (
        moved.group_by(*KEYS, "month")
        .agg(gone=pl.col("gone").first())
        .join(cells, on=[*KEYS, "month"], how="right")
        .with_columns(pl.col("gone").fill_null(0.0))
    )
    rest = pl.col("mean") - pl.col("certain")
    kept = pl.when(rest > 0).then((rest - pl.col("gone")) / rest).otherwise(0.0)
    own = left.with_columns(mean=pl.col("mean") - pl.col("gone"), variance=pl.col("variance") * kept)
    both = pl.concat([own.select(cells.columns), arrive.select(cells.columns)])
    return (
        both.group_by(*KEYS, "month", maintain_order=True)
        .agg(
            pl.col("horizon", "method").first(),
            pl.col("mean", "certain", "variance").sum(),
        )
        .select(cells.columns)
        .sort(*KEYS, "month")
    )


def _taken() -> dict[str, pl.Expr]:
    """Of each cell: units that leave it in all (gone), units of them for this number, variance over mean."""
    rest = (pl.col("mean") - pl.col("certain")).clip(lower_bound=0.0)
    wanted = pl.col("mean") * (1.0 - pl.col("stays"))
    gone = pl.min_horizontal(wanted, rest)
    ratio = pl.when(wanted > 0).then(gone / wanted).otherwise(0.0)
    return {
        "gone": gone,
        "taken": pl.col("mean") * pl.col("share") * ratio,
        "dispersion": pl.when(rest > 0).then(pl.col("variance") / rest).otherwise(1.0),
    }


def _month_shares(moves: pl.DataFrame, months: pl.Series) -> pl.DataFrame:
    """part_id, month, current_part_id, share of the month's units, factor, stays (the part's own share)."""
    end = pl.col("month").dt.offset_by("1mo")
    days = (end - pl.col("month")).dt.total_days()
    begins = pl.max_horizontal("from_date", "month")
    within = (pl.min_horizontal(pl.col("to_date").fill_null(date.max), end) - begins).dt.total_days()
    # what lies before the first stretch is over, or asked for already: it stays
    first = pl.col("from_date") == pl.col("from_date").min().over("part_id")
    before = pl.when(first).then(pl.col("month")).otherwise("from_date")
    parted = (
        moves.join(months.to_frame("month"), how="cross")
        .with_columns(from_date=before)
        .with_columns(part=within.clip(lower_bound=0) / days)
        .group_by("part_id", "month", "current_part_id", "factor", maintain_order=True)
        .agg(share=(pl.col("share") * pl.col("part")).sum())
    )
    own = pl.col("share").filter(pl.col("current_part_id") == pl.col("part_id")).sum()
    return parted.with_columns(stays=own.over("part_id", "month"))


def with_moves(
    monthly: pl.DataFrame, cells: pl.DataFrame, moves: pl.DataFrame, levels: Mapping[str, float]
) -> pl.DataFrame:
    """`monthly` with the rows of every number that `moves` touches made anew. levels: column and level."""
    after = carried(cells, moves)
    rest = (after["mean"] - after["certain"]).clip(lower_bound=0.0).to_numpy()
    variance = after["variance"].to_numpy()
    columns = [
        (after["certain"] + pl.Series(demand_quantile(rest, variance, level))).alias(name)
        for name, level in levels.items()
    ]
    rows = after.with_columns(columns).select(monthly.columns).cast(monthly.schema)
    others = monthly.join(rows.select(KEYS).unique(), on=KEYS, how="anti")
    return pl.concat([others, rows]).sort(*KEYS, "month")
