"""Changes of the plan before they are written: what each does to its dealers, to stock, supply and money.

In: what cells have now and what somebody wants. Out: staged changes, each one document when committed. Pure.
"""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any

import numpy as np
import polars as pl

from apps import words
from apps.api_client import ApiProblem
from forecasting.spread import Mode, Spread, allocate, hand_out
from forecasting.supply import DAYS_PER_MONTH, constrain

NOTE_FROM_SHARE = 0.2  # a change this large needs a note
CUSTOM = "custom"
_BESIDE = ("seen_override_id", "baseline", "value")  # value: written in other digits


@dataclass(frozen=True, slots=True)
class Wish:
    """What is asked of one cell in one month, before it is spread over dealers."""

    mode: str
    value: float
    spread: str
    kept: frozenset[str] = frozenset()  # dealers that keep what they have
    typed: tuple[tuple[str, float], ...] = ()  # spread custom: dealer, units


@dataclass(frozen=True, slots=True)
class Why:
    """What every change of one wish shares."""

    reason: str
    note: str = ""
    expires: date | None = None
    is_locked: bool = False


@dataclass(frozen=True, slots=True)
class Staged:
    """One override to be: its place, what it sets, and what its dealers have before and after it."""

    region_path: str
    outlet: str | None
    series: str
    month: date
    mode: str
    value: float
    spread: str
    why: Why
    before: tuple[tuple[str, float], ...]
    after: tuple[tuple[str, float], ...]

    @property
    def cell(self) -> tuple[str, str | None, str, date]:
        """Place, series and month: a second change of them takes the place of the first."""
        return self.region_path, self.outlet, self.series, self.month

    @property
    def now(self) -> float:
        return sum(units for _, units in self.before)

    @property
    def then(self) -> float:
        return sum(units for _, units in self.after)

    @property
    def difference(self) -> float:
        return self.then - self.now

    def document(self, author_level: str) -> dict[str, Any]:
        """As `forecast_override` takes it."""
        why = self.why
        return {
            "subject": "vehicle",
            "series": self.series,
            "forecast_month": self.month.isoformat(),
            "mode": self.mode,
            "value": self.value,
            "baseline": round(self.now, 3),
            "spread": self.spread,
            "reason_code": why.reason,
            "author_level": author_level,
            "region_path": self.region_path,
            **({"outlet_code": self.outlet} if self.outlet else {}),
            **({"is_locked": True} if why.is_locked else {}),
            **({"note": why.note} if why.note else {}),
            **({"expires_date": why.expires.isoformat()} if why.expires else {}),
        }


@dataclass(frozen=True, slots=True)
class Waiting:
    """A staged change, the overrides that its author saw standing there, and the newest of his own step."""

    change: Staged
    seen: frozenset[str]
    after: str | None
    token: str = field(default_factory=lambda: uuid.uuid4().hex)  # sent twice it is written once

    def document(self, author_level: str) -> dict[str, Any]:
        """As `forecast_override` takes it."""
        data = self.change.document(author_level)
        return data | ({"seen_override_id": self.after} if self.after else {})


@dataclass(slots=True)
class Sent:
    """What became of a commit: documents that stand, and changes that were refused with the reason."""

    written: list[dict[str, Any]] = field(default_factory=list)
    refused: list[tuple[Waiting, ApiProblem]] = field(default_factory=list)


def spread_out(cells: pl.DataFrame, wish: Wish) -> pl.DataFrame:
    """cells: planning.change_cells. The same with `after`, by the function that the pipeline runs."""
    if wish.spread == CUSTOM:
        typed = dict(wish.typed)
        own = [typed.get(o, n) for o, n in cells.select("outlet_id", "now").iter_rows()]
        return cells.with_columns(after=pl.Series(own, dtype=pl.Float64))
    after = allocate(
        cells["now"].to_numpy(),
        mode=Mode(wish.mode),
        value=wish.value,
        spread=Spread(wish.spread),
        last_year=cells["last_year"].to_numpy(),
        weight=cells["weight"].to_numpy(),
        locked=np.array([o in wish.kept for o in cells["outlet_id"]], dtype=bool),
        whole=True,
    )
    return cells.with_columns(after=pl.Series(after))


def stage(cells: pl.DataFrame, wish: Wish, why: Why, *, cover: str, series: str, month: date) -> list[Staged]:
    """One change of the cover, or one per dealer that moves where dealers are kept or typed.

    cells: planning.change_cells and region_path. cover: an outlet or a region above.
    """
    rows = spread_out(cells, wish)
    homes = dict(cells.select("outlet_id", "region_path").iter_rows())
    if wish.kept or wish.spread == CUSTOM:
        return each_dealer(rows, why, series=series, month=month)
    outlet = cover if cover in homes else None
    return [
        Staged(
            homes[cover] if outlet else cover, outlet, series, month, wish.mode, wish.value, wish.spread, why,
            tuple(rows.select("outlet_id", "now").iter_rows()),
            tuple(rows.select("outlet_id", "after").iter_rows()),
        )
    ]  # fmt: skip


def each_dealer(rows: pl.DataFrame, why: Why, *, series: str, month: date) -> list[Staged]:
    """A change per dealer whose units move. rows: outlet_id, region_path, now, after."""
    moved = rows.filter(pl.col("after") != pl.col("now"))
    return [
        Staged(
            row["region_path"], row["outlet_id"], series, month, "set", row["after"], "proportional", why,
            ((row["outlet_id"], row["now"]),), ((row["outlet_id"], row["after"]),),
        )
        for row in moved.iter_rows(named=True)
    ]  # fmt: skip


def given_up(others: pl.DataFrame, difference: float) -> pl.DataFrame:
    """What the other cells have left when they give what one gained, so that a total stays; whole cars.

    others: outlet_id, month, now and what else names them. They give in proportion to what they have, no one
    more than that. Out: the same with `after`.
    """
    have = others["now"].to_numpy().astype(np.float64)
    wanted = max(float(have.sum()) - difference, 0.0)
    return others.with_columns(after=pl.Series(hand_out(wanted, have, whole=True)))


def fault(changes: Sequence[Staged], why: Why | None, fence: str) -> str:
    """What is missing before this may be staged; empty when nothing is."""
    if why is None or not why.reason:
        return "Choose a reason: the override is judged by it later."
    if why.note:
        return ""
    if fence == "frozen":
        return "Write a note: the month is frozen, so this is a late revision and is judged apart."
    if why.reason == "other" or any(is_large(c) for c in changes):
        return (
            f"Write a note: it changes the cell by more than {NOTE_FROM_SHARE:.0%}, or its reason is Other."
        )
    return ""


def is_large(change: Staged) -> bool:
    return abs(change.difference) > NOTE_FROM_SHARE * max(change.now, 1)


def standing(
    documents: Iterable[Mapping[str, Any]], *, homes: Mapping[str, str], series: str, month: date
) -> list[Mapping[str, Any]]:
    """Overrides that act on any of the dealers in the month, newest first. homes: region path of each."""
    found = [
        d
        for d in documents
        if d["state"] != "withdrawn"
        and d["data"].get("subject") == "vehicle"
        and d["data"].get("series") in (series, None)
        and d["data"]["forecast_month"][:7] == f"{month:%Y-%m}"
        and any(_acts_on(d["data"], outlet, home) for outlet, home in homes.items())
    ]
    return sorted(found, key=_turn, reverse=True)


def _turn(document: Mapping[str, Any]) -> tuple[str, str]:
    """The order in which overrides hold a cell, as the database and the pipeline keep it."""
    written = str(document["created_at"])
    if document["version"] == 1:  # later versions have the time of their move
        written = min(written, str(document.get("effective_at") or written))
    return written, str(document["key"])


def newest(standing_now: Iterable[Mapping[str, Any]], step: str) -> str | None:
    """Key of the newest of these overrides at a step; whoever writes after it names it."""
    own = [d for d in standing_now if d["data"].get("author_level") == step]
    return str(max(own, key=_turn)["key"]) if own else None


def seen(change: Staged, standing_now: Sequence[Mapping[str, Any]], step: str) -> Waiting:
    """A change with what stands there as its author sees it."""
    return Waiting(change, frozenset(stamp(d) for d in standing_now), newest(standing_now, step))


def is_same(document: Mapping[str, Any], data: Mapping[str, Any]) -> bool:
    """Whether an override says the same already, apart from what it was written after."""
    theirs, mine = (
        {name: str(v) for name, v in d.items() if name not in _BESIDE} for d in (document["data"], data)
    )
    return theirs == mine and float(document["data"]["value"]) == float(data["value"])


def is_unseen(errors: Iterable[Mapping[str, Any]]) -> bool:
    """Whether the API refused an override because of another that its author had not seen."""
    return any(e["field"] == "seen_override_id" for e in errors)


def _acts_on(data: Mapping[str, Any], outlet: str, home: str) -> bool:
    if data.get("outlet_code"):
        return bool(data["outlet_code"] == outlet)
    region = data["region_path"]
    return home == region or home.startswith(f"{region}/")


def unseen(standing_now: Iterable[Mapping[str, Any]], seen: Iterable[str]) -> list[Mapping[str, Any]]:
    """Overrides that came after the change was staged: whoever commits decides with them in sight."""
    known = set(seen)
    return [d for d in standing_now if stamp(d) not in known]


def stamp(document: Mapping[str, Any]) -> str:
    """A document at one version."""
    return f"{document['key']} {document['version']}"


@dataclass(frozen=True, slots=True)
class Effect:
    """Of one month's change on the whole network's supply of the series, before and after."""

    short: tuple[int, int]  # cars, over the months of the base
    closing: tuple[int, int]  # stock at the end of the month
    days: tuple[float | None, float | None]
    free_slots: int | None  # slots of the month nobody has scheduled; None where slots are not known


def effect(base: pl.DataFrame, changes: Sequence[Staged], *, series: str, month: date) -> Effect | None:
    """base: mart_supply_demand. None where the plan does not reach the month."""
    own = base.filter(series=series)
    if own.filter(plan_month=month).is_empty():
        return None
    moved = {(c.series, c.month): 0.0 for c in changes}
    for change in changes:
        moved[change.series, change.month] += change.difference
    wanted = [
        max(round(units + moved.get((series, when), 0)), 0)
        for when, units in own.select("plan_month", "demand_units").iter_rows()
    ]
    then = own.with_columns(demand_units=pl.Series(wanted, dtype=pl.Int64))
    plans = [constrain(frame) for frame in (own, then)]
    at = [plan.filter(plan_month=month).row(0, named=True) for plan in plans]
    slots = own.filter(plan_month=month).row(0, named=True)
    known = slots["capacity_units"] is not None
    return Effect(
        short=(int(plans[0]["gap_units"].sum()), int(plans[1]["gap_units"].sum())),
        closing=(at[0]["closing_units"], at[1]["closing_units"]),
        days=(at[0]["days_supply"], at[1]["days_supply"]),
        free_slots=max(slots["capacity_units"] - (slots["scheduled_units"] or 0), 0) if known else None,
    )


def change_said(mode: str, value: float) -> str:
    """Set to 12, Add 3, Change by 10 %."""
    whole = 0 if value == round(value) else 1
    sign = " %" if mode == "percent" else ""
    return f"{words.MODES[mode].removesuffix(' %')} {words.number(value, whole)}{sign}"


def said(found: Effect, difference: float, month: date) -> list[str]:
    """The effect in sentences: stock, then orders."""
    before, after = (words.number(units) for units in found.closing)
    days = " → ".join(words.number(d) for d in found.days)
    lines = [
        f"**Stock** of the network at the end of {words.month(month)}: {before} → {after} cars ({days} days)."
    ]
    gained = found.short[1] - found.short[0]
    if gained:
        lines.append(
            f"**Supply**: {words.number(found.short[1])} cars cannot be supplied in the months planned, "
            f"{words.number(found.short[0])} without the change."
        )
    if difference > 0:
        slots = (
            "slots of that month are not known"
            if found.free_slots is None
            else f"free slots of that month: {words.number(found.free_slots)}"
        )
        lines.append(f"**Orders**: {words.number(difference)} more to order; {slots}.")
    elif difference < 0:
        lines.append(f"**Orders**: {words.number(-difference)} fewer to order.")
    return lines


def stock_days(stock: float, monthly: float) -> float | None:
    """Days that a stock lasts at a month's pace."""
    return stock * DAYS_PER_MONTH / monthly if monthly > 0 else None


def as_scenario(changes: Sequence[Staged], base: pl.DataFrame) -> list[dict[str, Any]]:
    """The staged changes as lines of a what-if: per series and month, per cent of the whole demand."""
    demand = {(s, m): u for s, m, u in base.select("series", "plan_month", "demand_units").iter_rows()}
    moved: dict[tuple[str, date], float] = {}
    for change in changes:
        at = (change.series, change.month)
        moved[at] = moved.get(at, 0.0) + change.difference
    return [
        {
            "measure": "demand_percent", "series": series, "plan_month": month.isoformat(),
            "value": round(100 * difference / demand[series, month], 4),
        }
        for (series, month), difference in moved.items()
        if difference and demand.get((series, month))
    ]  # fmt: skip
