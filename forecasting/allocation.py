"""Scarce supply shared out: parts or cars, by a rule that is data, with every outlet's score and reason.

Requests and supply in, one row per request out; allocated adds up to what there is, and the same input gives
the same answer. Transfers: excess of one outlet against the need of another, when it beats an order.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

import numpy as np
import polars as pl
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Integers = NDArray[np.int64]

KEY = ["item_id", "outlet_id"]
REQUEST = [*KEY, "wanted", "waiting", "promised_date", "have", "forecast_per_day"]
HALVINGS = 100


class AllocationError(ValueError):
    """Requests, supply or a rule that cannot be shared out; the message names field, key and remedy."""


class Share(StrEnum):
    """How the rest is divided when everybody who waits has been served."""

    days_supply = "days_supply"  # everybody's stock lasts equally long afterwards
    forecast = "forecast"  # by share of the forecast
    score = "score"  # by wanted units times score


@dataclass(frozen=True, slots=True)
class Rule:
    """`weights` says how much each measure column counts in the score; a higher measure ranks higher.

    Measures (customer grade, order priority, forecast share, stock age, days waiting) are columns of the
    requests, >= 0; each is divided by its highest value among the requests for one item.
    """

    name: str
    share: Share
    weights: Mapping[str, float]


def allocate(requests: pl.DataFrame, supply: pl.DataFrame, rule: Rule) -> pl.DataFrame:
    """KEY, wanted, allocated, for_waiting, short, score, rank, reason; sorted by item and rank.

    requests: one row per item_id, outlet_id: wanted >= waiting >= 0 (whole units; waiting: customers already
    promised), promised_date (null: nobody waits), have (position), forecast_per_day, and the rule's measures.
    supply: item_id, units >= 0; an item without a row has none. First who waits, by promised date, then
    score; then the rest by `rule.share`. Nobody gets more than wanted. Raises AllocationError.
    """
    _check(requests, supply, rule)
    scored = with_scores(requests, rule)
    units = dict(supply.select("item_id", "units").iter_rows())
    parts = [
        _one_item(rows, int(units.get(item, 0)), rule)
        for (item,), rows in scored.sort(KEY).group_by("item_id", maintain_order=True)
    ]
    empty = scored.with_columns(allocated=pl.col("wanted"), for_waiting=pl.col("waiting"))
    return _told(pl.concat(parts) if parts else empty, rule)


def with_scores(requests: pl.DataFrame, rule: Rule) -> pl.DataFrame:
    """Add `score` (0 to 1), the weighted mean of the measures; 0 where a rule weighs nothing."""
    total = sum(rule.weights.values())
    terms = [
        weight / total * (pl.col(c) / pl.col(c).max().over("item_id")).fill_nan(0.0)
        for c, weight in rule.weights.items()
        if total
    ]
    return requests.with_columns(score=pl.sum_horizontal(terms).round(9) if terms else pl.lit(0.0))


def fair_parts(weight: Floats, base: Floats, cap: Integers, units: int) -> Integers:
    """Whole parts of `units`, at most `cap` each, so that (base + part) / weight is as even as it gets.

    With base 0 it shares in proportion to weight; with base = stock and weight = demand a day it levels days'
    supply from below. A weight of 0 is served last, when the others have all they want. Ties go by position.
    """
    left = min(units, int(cap.sum()))
    positive = weight > 0
    first = _levelled(weight, base, np.where(positive, cap, 0), min(left, int(cap[positive].sum())))
    rest = left - int(first.sum())
    room = cap - first
    return first + (_levelled(np.ones(len(cap)), np.zeros(len(cap)), room, rest) if rest else 0)


def _levelled(weight: Floats, base: Floats, cap: Integers, units: int) -> Integers:
    low, high = 0.0, float(np.max((base + cap) / np.where(weight > 0, weight, np.inf), initial=0.0)) + 1.0

    def parts(level: float) -> Floats:
        result: Floats = np.clip(level * weight - base, 0.0, cap)
        return result

    for _ in range(HALVINGS):
        middle = (low + high) / 2
        low, high = (middle, high) if parts(middle).sum() < units else (low, middle)
    exact = parts(high)
    whole = np.minimum(np.floor(exact + 1e-9).astype(np.int64), cap)
    while (missing := units - int(whole.sum())) > 0:  # largest remainders first; twice at most
        order = np.argsort(-np.where(whole < cap, exact - whole, -np.inf), kind="stable")[:missing]
        whole[order[whole[order] < cap[order]]] += 1
    return whole


def _one_item(rows: pl.DataFrame, units: int, rule: Rule) -> pl.DataFrame:
    queue = rows.sort("promised_date", "score", "outlet_id", descending=[False, True, False], nulls_last=True)
    waiting = queue["waiting"].to_numpy()
    before = np.cumsum(waiting) - waiting
    served = np.clip(units - before, 0, waiting)
    rest = units - int(served.sum())
    room = queue["wanted"].to_numpy() - served
    extra = fair_parts(*_shares(queue, served, rule), room, rest)
    return queue.with_columns(
        allocated=pl.Series(served + extra, dtype=pl.Int64), for_waiting=pl.Series(served, dtype=pl.Int64)
    )


def _shares(queue: pl.DataFrame, served: Integers, rule: Rule) -> tuple[Floats, Floats]:
    """Weight and base of fair_parts(); promised units are spoken for and lengthen nobody's supply."""
    nothing = np.zeros(queue.height)
    if rule.share is Share.days_supply:
        have = queue["have"].cast(pl.Float64).to_numpy() - queue["waiting"].to_numpy() + served
        return queue["forecast_per_day"].cast(pl.Float64).to_numpy(), np.maximum(have, 0.0)
    if rule.share is Share.forecast:
        return queue["forecast_per_day"].cast(pl.Float64).to_numpy(), nothing
    return (queue["score"] * queue["wanted"]).to_numpy(), nothing


def _told(rows: pl.DataFrame, rule: Rule) -> pl.DataFrame:
    short = pl.col("wanted") - pl.col("allocated")
    reason = (
        pl.when(pl.col("allocated") == pl.col("wanted")).then(pl.lit("all that was wanted"))
        .when(pl.col("allocated") == pl.col("for_waiting")).then(
            pl.format("{} for customers who wait, by promised date; nothing left to share", "for_waiting"))
        .otherwise(pl.format(
            "{} for customers who wait, by promised date; {} by {}",
            "for_waiting", pl.col("allocated") - pl.col("for_waiting"), pl.lit(rule.share.value)))
    )  # fmt: skip
    rank = pl.struct(-pl.col("score"), pl.col("outlet_id")).rank("ordinal").over("item_id")
    return rows.select(
        *KEY, "wanted", "allocated", "for_waiting", short=short, score="score", rank=rank.cast(pl.Int64),
        reason=reason,
    ).sort("item_id", "rank")  # fmt: skip


def transfers(excess: pl.DataFrame, need: pl.DataFrame, lanes: pl.DataFrame) -> pl.DataFrame:
    """item_id, from_outlet_id, to_outlet_id, units, saving_minor, days_sooner; the best saving first.

    excess: item_id, outlet_id, units to spare. need: item_id, outlet_id, units, order_cost_minor (of the
    order that a transfer replaces, for all units), order_days. lanes: from_outlet_id, to_outlet_id,
    cost_minor (a transfer), days. A transfer is proposed when it covers the whole need of an outlet, is
    cheaper than its order and no slower. Sums never exceed what is to spare.
    """
    offers = (
        need.rename({"outlet_id": "to_outlet_id", "units": "wanted"})
        .join(excess.rename({"outlet_id": "from_outlet_id", "units": "spare"}), on="item_id")
        .join(lanes, on=["from_outlet_id", "to_outlet_id"])
        .with_columns(
            saving_minor=pl.col("order_cost_minor") - pl.col("cost_minor"),
            days_sooner=pl.col("order_days") - pl.col("days"),
        )
        .filter((pl.col("saving_minor") > 0) & (pl.col("days_sooner") >= 0) & (pl.col("wanted") > 0))
        .sort("saving_minor", "days_sooner", "item_id", "to_outlet_id", "from_outlet_id",
              descending=[True, True, False, False, False])
    )  # fmt: skip
    spare = {(item, outlet): units for item, outlet, units in excess.select(*KEY, "units").iter_rows()}
    served: set[tuple[str, str]] = set()
    kept = []
    for row in offers.iter_rows(named=True):
        source, target = (row["item_id"], row["from_outlet_id"]), (row["item_id"], row["to_outlet_id"])
        takes = target not in served and source != target and spare[source] >= row["wanted"]
        if takes:
            served.add(target)
            spare[source] -= row["wanted"]
        kept.append(takes)
    columns = ["item_id", "from_outlet_id", "to_outlet_id", "units", "saving_minor", "days_sooner"]
    return offers.filter(pl.Series(kept, dtype=pl.Boolean)).rename({"wanted": "units"}).select(columns)


def _check(requests: pl.DataFrame, supply: pl.DataFrame, rule: Rule) -> None:
    missing = [c for c in (*REQUEST, *rule.weights) if c not in requests.columns]
    if missing:
        raise AllocationError(f"requests have no column {missing[0]}; rule {rule.name} needs it")
    for table, name, key in ((requests, "requests", KEY), (supply, "supply", ["item_id"])):
        twice = table.filter(table.select(key).is_duplicated())
        if not twice.is_empty():
            raise AllocationError(f"{name} has two rows for {twice.select(key).row(0)}: keep one")
    measures = ["wanted", "waiting", "forecast_per_day", *rule.weights]
    wrong = requests.filter(
        pl.any_horizontal((pl.col(c).is_null() | (pl.col(c) < 0)) for c in measures)
        | (pl.col("waiting") > pl.col("wanted")) | pl.col("have").is_null()
    )  # fmt: skip
    if not wrong.is_empty():
        raise AllocationError(
            f"request {wrong.select(KEY).row(0)}: {', '.join(measures)} must be there and >= 0, have must be "
            "there, and no more can be waiting than wanted"
        )
    if supply.filter(pl.col("units").is_null() | (pl.col("units") < 0)).height:
        raise AllocationError("supply units must be there and >= 0; leave out an item that has none")
    if any(weight < 0 for weight in rule.weights.values()):
        raise AllocationError(f"rule {rule.name}: weights must be >= 0")
