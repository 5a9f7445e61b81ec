"""What is still to be decided today at an outlet: the list of the snapshot less what was done since.

In: published suggestions, and orders and decisions newer than they. Out: rows still open, and those done,
so that nobody orders twice.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from operational_api.desk.api import Api
from operational_api.desk.session import Session
from operational_api.documents.parts_order import PARTS_ORDER

SUGGESTIONS = "/v1/replenishment/suggestions"
RECOMMENDED = ("suggested", "price_missing")
DEAD = frozenset({"rejected", "cancelled"})
# An order that answers a suggestion names it; a day back finds what was ordered while the run was busy.
LOOK_BACK = timedelta(hours=26)
ALL = 100_000
Row = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Ordered:
    """Where a suggested part went."""

    part_id: str
    order: str
    units: int


@dataclass(frozen=True, slots=True)
class Today:
    """One outlet's list: suggestion ids still open in order of urgency, their sum, and what was done."""

    snapshot: Row
    is_open: tuple[str, ...]
    ordered: Mapping[str, Ordered]  # by suggestion id
    declined: tuple[str, ...]  # part ids
    sums: Mapping[str, int]  # currency -> minor units of the open lines


async def today(api: Api, session: Session, outlet: str | None) -> Today:
    """Read the list of an outlet; without one (a planner), of all the reader may see."""
    snapshot = await api.get("/v1/snapshot")
    found = await api.get(
        SUGGESTIONS,
        verdict=list(RECOMMENDED),
        outlet_id=outlet,
        order="days_of_cover_before",
        columns="suggestion_id,part_id,line_total_minor,currency,decision",
        limit=ALL,
    )
    ordered, declined = await _since(api, session, outlet, datetime.fromisoformat(snapshot["created_at"]))
    is_open, done, refused, sums = [], {}, [], dict[str, int]()
    for row in found["rows"]:
        name, part = row["suggestion_id"], row["part_id"]
        past = ordered.get(name) or ordered.get(part)
        if past is not None:
            done[name] = Ordered(part, *past)
        elif name in declined or row["decision"] == "decline":
            refused.append(part)
        else:
            is_open.append(name)
            if row["line_total_minor"] is not None:
                sums[row["currency"]] = sums.get(row["currency"], 0) + row["line_total_minor"]
    return Today(snapshot, tuple(is_open), done, tuple(refused), sums)


async def rows_of(api: Api, names: tuple[str, ...] | list[str], outlet: str | None) -> list[Row]:
    """The suggestions of these ids, in this order; one that is no longer published is left out."""
    if not names:
        return []
    found = await api.get(SUGGESTIONS, suggestion_id=list(names), outlet_id=outlet, limit=len(names))
    by_name = {row["suggestion_id"]: row for row in found["rows"]}
    return [by_name[name] for name in names if name in by_name]


async def _since(
    api: Api, session: Session, outlet: str | None, published: datetime
) -> tuple[dict[str, tuple[str, int]], set[str]]:
    """Suggestion or part -> (order, units), and declined suggestions; nothing for who may not read orders.

    A part ordered after the list was published counts even when the order names no suggestion.
    """
    if outlet is None or not session.reads(PARTS_ORDER):
        return {}, set()
    since = (published - LOOK_BACK).isoformat()
    ordered: dict[str, tuple[str, int]] = {}
    for order in await api.all(PARTS_ORDER.collection, outlet_id=outlet, ordered_at_from=since):
        if order["state"] in DEAD:
            continue
        is_newer = datetime.fromisoformat(order["data"]["ordered_at"]) >= published
        for line in order["data"]["lines"]:
            for name in (line.get("suggestion_id"), line["part_id"] if is_newer else None):
                if name:
                    ordered[name] = (order["key"], line["quantity"])
    answers = await api.all(
        "suggestion_decisions", outlet_id=outlet, decided_at_from=since, decision="decline"
    )
    return ordered, {answer["data"]["suggestion_id"] for answer in answers}
