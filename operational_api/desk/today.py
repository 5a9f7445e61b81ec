"""What is still to be decided today at an outlet: the list of the snapshot less what was done since.

In: published suggestions, and orders and decisions newer than they. Out: rows still open by tab, and those
done, so that nobody orders twice.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from enum import StrEnum
from typing import Any

from operational_api.desk.api import Api
from operational_api.desk.basket import SNOOZE_DAYS
from operational_api.desk.session import Session
from operational_api.documents.parts_order import PARTS_ORDER

SUGGESTIONS = "/v1/replenishment/suggestions"
DECISIONS = "suggestion_decisions"
RECOMMENDED = ("suggested", "price_missing", "over_budget")
DEAD = frozenset({"rejected", "cancelled"})
# An order that answers a suggestion names it; a day back finds what was ordered while the run was busy.
LOOK_BACK = timedelta(hours=26)
ALL = 100_000
Row = Mapping[str, Any]


class Tab(StrEnum):
    """The lists of one outlet, in the order in which they are shown."""

    urgent = "urgent"
    recommended = "recommended"
    new = "new"
    snoozed = "snoozed"


@dataclass(frozen=True, slots=True)
class Ordered:
    """Where a suggested part went."""

    part_id: str
    order: str
    units: int


@dataclass(frozen=True, slots=True)
class Today:
    """One outlet's lists: suggestion ids in order of urgency, sums, and what was done since."""

    snapshot: Row
    tabs: Mapping[Tab, tuple[str, ...]]
    ordered: Mapping[str, Ordered]  # by suggestion id
    declined: tuple[str, ...]  # part ids
    snoozed_until: Mapping[str, str]  # part id -> first day on which it is shown again
    sums: Mapping[Tab, Mapping[str, int]]  # currency -> minor units of the open lines
    spent: Mapping[str, int]  # currency -> minor units of stock orders since the list was published

    @property
    def is_open(self) -> tuple[str, ...]:
        """What waits for an answer, whatever the tab; snoozed lines wait for their day."""
        return self.tabs[Tab.urgent] + self.tabs[Tab.new] + self.tabs[Tab.recommended]


async def today(api: Api, session: Session, outlet: str | None) -> Today:
    """Read the list of an outlet; without one (a planner), of all the reader may see."""
    snapshot = await api.get("/v1/snapshot")
    found = await api.get(
        SUGGESTIONS,
        verdict=list(RECOMMENDED),
        outlet_id=outlet,
        order="days_of_cover_before",
        columns="suggestion_id,part_id,line_total_minor,currency,decision,waiting_units,backordered,"
        "is_new_to_stock",
        limit=ALL,
    )
    may_read = outlet is not None and session.reads(PARTS_ORDER)
    published = datetime.fromisoformat(snapshot["created_at"])
    since = (
        await since_published(api, outlet, published)
        if outlet and may_read
        else Since({}, frozenset(), {}, {})
    )
    tabs: dict[Tab, list[str]] = {tab: [] for tab in Tab}
    sums: dict[Tab, dict[str, int]] = {tab: {} for tab in Tab}
    done, refused = {}, []
    for row in found["rows"]:
        name, part = row["suggestion_id"], row["part_id"]
        past = since.ordered.get(name) or since.ordered.get(part)
        if past is not None:
            done[name] = Ordered(part, *past)
        elif name in since.declined or row["decision"] == "decline":
            refused.append(part)
        else:
            tab = _tab(row, since.snoozed)
            tabs[tab].append(name)
            if row["line_total_minor"] is not None:
                sums[tab][row["currency"]] = sums[tab].get(row["currency"], 0) + row["line_total_minor"]
    lists = {tab: tuple(names) for tab, names in tabs.items()}
    return Today(snapshot, lists, done, tuple(refused), since.snoozed, sums, since.spent)


def _tab(row: Row, snoozed: Mapping[str, str]) -> Tab:
    """Who waits is urgent even where the part was put off."""
    if row["waiting_units"] or row["backordered"]:
        return Tab.urgent
    if row["part_id"] in snoozed:
        return Tab.snoozed
    return Tab.new if row["is_new_to_stock"] else Tab.recommended


async def rows_of(api: Api, names: tuple[str, ...] | list[str], outlet: str | None) -> list[Row]:
    """The suggestions of these ids, in this order; one that is no longer published is left out."""
    if not names:
        return []
    found = await api.get(SUGGESTIONS, suggestion_id=list(names), outlet_id=outlet, limit=len(names))
    by_name = {row["suggestion_id"]: row for row in found["rows"]}
    return [by_name[name] for name in names if name in by_name]


@dataclass(frozen=True, slots=True)
class Since:
    """What happened to suggestions after they were published."""

    ordered: Mapping[str, tuple[str, int]]  # suggestion or part -> order, units
    declined: frozenset[str]
    snoozed: Mapping[str, str]
    spent: Mapping[str, int]


async def since_published(api: Api, outlet: str, published: datetime) -> Since:
    """A part ordered after the list was published counts even when the order names no suggestion."""
    since = (published - LOOK_BACK).isoformat()
    ordered: dict[str, tuple[str, int]] = {}
    spent: dict[str, int] = {}
    for order in await api.all(PARTS_ORDER.collection, outlet_id=outlet, ordered_at_from=since):
        data = order["data"]
        if order["state"] in DEAD:
            continue
        is_newer = datetime.fromisoformat(data["ordered_at"]) >= published
        if is_newer and data["order_type"] == "stock":
            spent[data["currency"]] = spent.get(data["currency"], 0) + data["total_minor"]
        for line in data["lines"]:
            for name in (line.get("suggestion_id"), line["part_id"] if is_newer else None):
                if name:
                    units = ordered[name][1] if name in ordered else 0
                    ordered[name] = (order["key"], units + line["quantity"])
    answers = await api.all(DECISIONS, outlet_id=outlet, decided_at_from=since, decision="decline")
    declined = frozenset(answer["data"]["suggestion_id"] for answer in answers)
    return Since(ordered, declined, await _snoozed(api, outlet), spent)


async def _snoozed(api: Api, outlet: str) -> dict[str, str]:
    """Part -> day it is shown again; a suggestion lives a day, what was put off is the part."""
    now = datetime.now(UTC)
    since = (now - timedelta(days=max(SNOOZE_DAYS) + 1)).isoformat()
    answers = await api.all(DECISIONS, outlet_id=outlet, decided_at_from=since, decision="snooze")
    until: dict[str, str] = {}
    for answer in sorted(answers, key=lambda a: str(a["data"]["decided_at"])):
        day = answer["data"].get("snooze_until_date")
        if day and date.fromisoformat(day) > now.date():
            until[answer["data"]["part_id"]] = day
    return until
