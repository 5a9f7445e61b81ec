"""Numbers that stand in for one another: what is there under one is cover for the other.

Both ways: the numbers of a group are one part at each outlet. Position, demand and forecast count at the
number that is preferred there, and that one alone is ordered. One way: what the number that may stand in has
beyond its own target covers the other one's need; what lies under the other one covers nothing of it.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from dataclasses import dataclass

import polars as pl

from forecasting.lead_time import DIGITS
from forecasting.stock_group import summed_months, summed_rates

Step = Callable[[pl.DataFrame], pl.DataFrame]
KEY = ["outlet_id", "part_id"]
# One row per outlet, part ordered and number that covers it; `other_part_id` is never the part itself.
COVER = {
    "outlet_id": pl.String, "part_id": pl.String, "other_part_id": pl.String, "cover_units": pl.Int64,
    "owed_units": pl.Int64, "cover_note": pl.String,
}  # fmt: skip
LOANS = {
    "outlet_id": pl.String, "part_id": pl.String, "other_part_id": pl.String, "factor": pl.Float64,
}  # fmt: skip
HAVE = ["on_hand", "on_order", "in_transit", "predecessor_on_hand"]
OWED = ["reserved", "backordered"]
_MEMBER = {
    "outlet_id": pl.String, "part_id": pl.String, "ordered_part_id": pl.String, "factor": pl.Float64,
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class StandIns:
    """`cover` (COVER): what groups give their preferred number. `loans` (LOANS): who may give one way."""

    cover: pl.DataFrame
    loans: pl.DataFrame


NO_STAND_INS = StandIns(pl.DataFrame(schema=COVER), pl.DataFrame(schema=LOANS))


@dataclass(frozen=True, slots=True)
class Shared:
    """The inputs of replenishment.suggest() with every group counted at its preferred number."""

    position: pl.DataFrame
    policy: pl.DataFrame
    series: pl.DataFrame
    demand: pl.DataFrame
    stand_ins: StandIns


def share(
    position: pl.DataFrame,
    policy: pl.DataFrame,
    series: pl.DataFrame,
    demand: pl.DataFrame,
    relations: pl.DataFrame,
) -> Shared:
    """Count every group of two-way numbers at the one preferred at its outlet.

    relations: part_id, stands_in_part_id, factor (units of that one per unit of part_id), is_two_way,
    is_successor (it is the newer number). Means and variances add up, as they do between outlets. The other
    numbers keep their rows and are told in `ordered_part_id` of the policy what is ordered instead.
    """
    if relations.is_empty():
        return Shared(position, policy, series, demand, NO_STAND_INS)
    members = _members(policy, relations)
    stand_ins = StandIns(_cover(position, members), _loans(policy, relations, members))
    return Shared(
        _booked(position, members),
        _terms(policy, members),
        _pooled(series, members, _converted_rates, summed_rates),
        _pooled(demand, members, _converted_months, summed_months),
        stand_ins,
    )


def lend(sized: pl.DataFrame, loans: pl.DataFrame) -> pl.DataFrame:
    """COVER rows: what numbers that may stand in one way have beyond their target, for whoever needs it.

    sized: one row per outlet and part with position, order_up_to and need. A unit is lent once, in the order
    of the borrowing numbers; a borrower asks its lenders in their order.
    """
    given = []
    spare = sized.select(
        "outlet_id",
        other_part_id="part_id",
        target="order_up_to",
        spare=(pl.col("position") - pl.col("order_up_to")).clip(lower_bound=0),
    )
    missing = sized.select(*KEY, missing=pl.col("need").clip(lower_bound=0))
    rounds = loans.sort(*KEY, "other_part_id").with_columns(turn=pl.int_range(pl.len()).over(KEY))
    for turn in sorted(set(rounds["turn"])):
        lent = _round(rounds.filter(pl.col("turn") == turn), spare, missing)
        spare = _less(spare, lent, ["outlet_id", "other_part_id"], "spare", "lent")
        missing = _less(missing, lent, KEY, "missing", "cover_units")
        given.append(lent.filter(pl.col("cover_units") > 0))
    if not given:
        return NO_STAND_INS.cover
    note = pl.format(
        "one way: beyond its own target of {}; {} of it for one of this", "target", pl.col("factor").round(3)
    )
    rows = pl.concat(given).with_columns(owed_units=pl.lit(0, dtype=pl.Int64), cover_note=note)
    return rows.select(pl.col(c).cast(t) for c, t in COVER.items())


def _round(loans: pl.DataFrame, spare: pl.DataFrame, missing: pl.DataFrame) -> pl.DataFrame:
    """One lender for each borrower; of those who ask one lender the first ones get."""
    lender = ["outlet_id", "other_part_id"]
    asked = (
        loans.join(spare, on=lender)
        .join(missing, on=KEY)
        .filter((pl.col("spare") > 0) & (pl.col("missing") > 0))
        .sort(*lender, "part_id")
        .with_columns(wanted=(pl.col("missing") * pl.col("factor")).round(DIGITS).ceil().cast(pl.Int64))
    )
    before = pl.col("wanted").cum_sum().over(lender) - pl.col("wanted")
    lent = pl.min_horizontal("wanted", (pl.col("spare") - before).clip(lower_bound=0))
    units = (lent / pl.col("factor")).round(DIGITS).floor().cast(pl.Int64)
    return asked.with_columns(lent=lent, cover_units=units)


def _less(frame: pl.DataFrame, lent: pl.DataFrame, key: list[str], column: str, taken: str) -> pl.DataFrame:
    sums = lent.group_by(key).agg(taken=pl.col(taken).sum())
    left = pl.col(column) - pl.col("taken").fill_null(0)
    return frame.join(sums, on=key, how="left").with_columns(left.alias(column)).drop("taken")


def _members(policy: pl.DataFrame, relations: pl.DataFrame) -> pl.DataFrame:
    """_MEMBER: every number of a group at every outlet that has terms for it, and the one preferred there.

    Preferred is what may be ordered and has a price, then the newest number, then the cheapest of its kind.
    An outlet whose stock group orders elsewhere has no members: it is counted there.
    """
    groups = _groups(relations)
    terms = policy.select(
        *KEY,
        pl.col("part_state", "unit_price_minor"),
        elsewhere=_column(policy, "ordering_outlet_id", pl.String),
    ).join(groups, on="part_id")
    here = terms.filter((pl.col("elsewhere") == pl.col("outlet_id")).fill_null(True))
    ranked = here.sort(
        pl.col("part_state") != "active",
        pl.col("unit_price_minor").is_null(),
        "has_newer",
        pl.col("unit_price_minor") / pl.col("base_factor"),
        "part_id",
    )
    place = ["outlet_id", "group_id"]
    first = ranked.group_by(place, maintain_order=True).agg(
        ordered_part_id=pl.col("part_id").first(),
        ordered_factor=pl.col("base_factor").first(),
        numbers=pl.len(),
    )
    told = here.join(first, on=place).filter(pl.col("numbers") > 1)
    return told.select(*KEY, "ordered_part_id", factor=pl.col("base_factor") / pl.col("ordered_factor")).sort(
        KEY
    )


def _groups(relations: pl.DataFrame) -> pl.DataFrame:
    """part_id, group_id (its smallest number), base_factor (units of that one per unit), has_newer."""
    both = relations.filter("is_two_way").sort("part_id", "stands_in_part_id")
    steps: dict[str, list[tuple[str, float]]] = {}
    for part, other, factor in both.select("part_id", "stands_in_part_id", "factor").iter_rows():
        steps.setdefault(other, []).append((part, factor))
    newer = set(both.filter("is_successor")["part_id"])
    found: dict[str, tuple[str, float]] = {}
    for base in sorted(steps):
        if base not in found:
            _reach(base, steps, found)
    rows = [(part, group, factor, part in newer) for part, (group, factor) in found.items()]
    schema = {"part_id": pl.String, "group_id": pl.String, "base_factor": pl.Float64, "has_newer": pl.Boolean}
    return pl.DataFrame(rows, schema=schema, orient="row")


def _reach(base: str, steps: dict[str, list[tuple[str, float]]], found: dict[str, tuple[str, float]]) -> None:
    """Everything that interchanges with `base`, over as few relations as lead there."""
    found[base] = (base, 1.0)
    waiting = deque([base])
    while waiting:
        at = waiting.popleft()
        for part, factor in steps.get(at, ()):
            if part not in found:
                found[part] = (base, factor * found[at][1])
                waiting.append(part)


def _others(members: pl.DataFrame) -> pl.DataFrame:
    return members.filter(pl.col("part_id") != pl.col("ordered_part_id"))


def _cover(position: pl.DataFrame, members: pl.DataFrame) -> pl.DataFrame:
    """What lies, comes and is owed under every other number of a group, in units of the preferred one."""
    rows = _others(members).join(position, on=KEY)
    have = pl.sum_horizontal(pl.col(HAVE)) * pl.col("factor")
    owed = pl.sum_horizontal(pl.col(OWED)) * pl.col("factor")
    note = pl.format(
        "{} on hand, {} ordered or under way; {} of this for one of it",
        (pl.col("on_hand") + pl.col("predecessor_on_hand")).round(2),
        (pl.col("on_order") + pl.col("in_transit")).round(2),
        pl.col("factor").round(3),
    )
    told = rows.select(
        "outlet_id",
        part_id="ordered_part_id",
        other_part_id="part_id",
        cover_units=have.round(DIGITS).floor(),
        owed_units=owed.round(DIGITS).ceil(),
        cover_note=note,
    )
    return told.select(pl.col(c).cast(t) for c, t in COVER.items())


def _booked(position: pl.DataFrame, members: pl.DataFrame) -> pl.DataFrame:
    """Bookings of the group count at the preferred number; what lies there stays where it lies."""
    booked = (
        _others(members)
        .join(position.select(*KEY, "booked_units"), on=KEY)
        .group_by("outlet_id", pl.col("ordered_part_id").alias("part_id"))
        .agg(also=(pl.col("booked_units") * pl.col("factor")).sum())
    )
    zero = [c for c in (*HAVE, *OWED, "booked_units") if c in position.columns]
    absent = booked.select(KEY).join(position, on=KEY, how="anti").with_columns(
        pl.lit(0).cast(position.schema[c]).alias(c) for c in zero
    )  # fmt: skip
    known = pl.concat([position, absent], how="diagonal_relaxed").join(booked, on=KEY, how="left")
    return known.with_columns(
        booked_units=pl.col("booked_units") + pl.col("also").fill_null(0.0)
    ).drop("also")  # fmt: skip


def _terms(policy: pl.DataFrame, members: pl.DataFrame) -> pl.DataFrame:
    """The preferred number is stocked when any of them is, as well as the one that matters most."""
    told = policy.join(members.drop("factor"), on=KEY, how="left")
    place = ["outlet_id", "ordered_part_id"]
    ranked = told.filter(pl.col("ordered_part_id").is_not_null()).with_columns(
        abc_class=_column(told, "abc_class", pl.String)
    )  # fmt: skip
    best = (
        ranked.sort(pl.col("abc_class").fill_null("Z"), -pl.col("service_level").fill_null(0.0), "part_id")
        .group_by(place, maintain_order=True)
        .agg(
            best_class=pl.col("abc_class").first(),
            best_level=pl.col("service_level").first(),
            any_stocked=pl.col("is_stocked").any(),
        )
    )
    leads = pl.col("part_id") == pl.col("ordered_part_id")
    stocked = pl.col("any_stocked") & (pl.col("part_state") == "active")
    raised = {
        "service_level": pl.when(leads).then("best_level").otherwise("service_level"),
        "is_stocked": pl.when(leads).then(stocked).otherwise("is_stocked"),
    }
    if "abc_class" in told.columns:
        raised["abc_class"] = pl.when(leads).then("best_class").otherwise("abc_class")
    joined = told.join(best, on=place, how="left", maintain_order="left")
    return joined.with_columns(**raised).drop("best_class", "best_level", "any_stocked")


def _pooled(frame: pl.DataFrame, members: pl.DataFrame, converted: Step, summed: Step) -> pl.DataFrame:
    """Rows of a group in units of its preferred number, added up there; the other numbers keep theirs."""
    inside = converted(frame.join(members, on=KEY))
    sums = summed(inside.drop("part_id", "factor").rename({"ordered_part_id": "part_id"}))
    leads = members.filter(pl.col("part_id") == pl.col("ordered_part_id"))
    return pl.concat([frame.join(leads, on=KEY, how="anti"), sums], how="diagonal_relaxed")


def _converted_rates(rows: pl.DataFrame) -> pl.DataFrame:
    """Half as many of twice the size: mean and its units scale, and so does variance over mean."""
    return rows.with_columns(pl.col("mean_units_per_month", "dispersion").cast(pl.Float64) * pl.col("factor"))


def _converted_months(rows: pl.DataFrame) -> pl.DataFrame:
    units = ["observed_units", "corrected_units", "superseded_units"]
    other = pl.col("part_id") != pl.col("ordered_part_id")
    return rows.with_columns(pl.col(units).cast(pl.Float64) * pl.col("factor")).with_columns(
        superseded_units=pl.when(other).then("observed_units").otherwise("superseded_units")
    )


def _loans(policy: pl.DataFrame, relations: pl.DataFrame, members: pl.DataFrame) -> pl.DataFrame:
    """LOANS: the one-way relations at every outlet that has terms for both, between the numbers ordered."""
    pairs = policy.select(KEY).unique()
    one_way = relations.filter(~pl.col("is_two_way")).select("part_id", "stands_in_part_id", "factor")
    led = members.select(*KEY, "ordered_part_id", led_factor="factor")
    lender = led.rename({"part_id": "stands_in_part_id", "ordered_part_id": "lender", "led_factor": "lends"})
    rows = (
        pairs.join(one_way, on="part_id")
        .join(pairs.rename({"part_id": "stands_in_part_id"}), on=["outlet_id", "stands_in_part_id"])
        .join(led, on=KEY, how="left")
        .join(lender, on=["outlet_id", "stands_in_part_id"], how="left")
    )
    per_unit = pl.col("factor") * pl.col("lends").fill_null(1.0) / pl.col("led_factor").fill_null(1.0)
    between = rows.select(
        "outlet_id",
        part_id=pl.coalesce("ordered_part_id", "part_id"),
        other_part_id=pl.coalesce("lender", "stands_in_part_id"),
        factor=per_unit,
    )
    return (
        between.filter(pl.col("part_id") != pl.col("other_part_id"))
        .sort(*KEY, "other_part_id", "factor")
        .unique([*KEY, "other_part_id"], keep="first", maintain_order=True)
    )


def _column(frame: pl.DataFrame, name: str, kind: type[pl.DataType]) -> pl.Expr:
    return pl.col(name) if name in frame.columns else pl.lit(None, dtype=kind)
