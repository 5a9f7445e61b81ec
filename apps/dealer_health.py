"""What the dealer page concludes beside its KPIs: who are the peers, is it silent, what do customers say.

Pure. In: rows of published tables and documents as the API answers them. Out: words and small frames.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum
from itertools import pairwise
from typing import Any

import polars as pl

from apps import words

NEW_DAYS = 92  # a dealer younger than this is measured against dealers as young
RAMP_DAYS = 365
YEAR = timedelta(days=365)


class Peers(StrEnum):
    """With whom a dealer is compared; the value is part of the address."""

    ALL = "all"
    MARKET = "market"
    KIND = "kind"
    RAMP = "ramp"


PEER_NAMES: Mapping[str, str] = {
    Peers.ALL: "All you see",
    Peers.MARKET: "Same market",
    Peers.KIND: "Same kind of outlet",
    Peers.RAMP: "Opened within a year",
}


def peers_of(outlets: pl.DataFrame, outlet: str, group: str, as_of: date) -> list[str]:
    """The outlets of the group, the one itself left out. outlets: rows of dim_outlet."""
    own = outlets.row(by_predicate=pl.col("outlet_id") == outlet, named=True)
    others = outlets.filter(pl.col("outlet_id") != outlet)
    match Peers(group):
        case Peers.MARKET:
            others = others.filter(pl.col("market") == own["market"])
        case Peers.KIND:
            others = others.filter(pl.col("outlet_kind") == own["outlet_kind"])
        case Peers.RAMP:
            others = others.filter(pl.col("opened_date") > as_of - timedelta(days=RAMP_DAYS))
        case Peers.ALL:
            pass
    return others["outlet_id"].sort().to_list()


def is_new(opened: date, as_of: date) -> bool:
    return (as_of - opened).days < NEW_DAYS


def silence(days: Iterable[date], as_of: date) -> str | None:
    """A sentence when a dealer wrote nothing down for longer than 19 of 20 of its own gaps of the last year,
    and for more than a day; None when it writes as usual, and when there is too little to know."""
    known = sorted({day for day in days if as_of - YEAR <= day <= as_of})
    if len(known) < 20:
        return None
    gaps = sorted((later - day).days for day, later in pairwise(known))
    usual = gaps[int(0.95 * (len(gaps) - 1))]
    gap = (as_of - known[-1]).days
    if gap <= max(usual, 1):
        return None
    return (
        f"Nothing was written down here since {words.day(known[-1])}, {words.plural(gap, 'day')}; "
        f"19 of 20 of its gaps are no longer than {words.plural(usual, 'day')}. "
        "Figures below may be missing what happened since."
    )


def late_file(loads: Sequence[Mapping[str, Any]], now: datetime) -> str | None:
    """A sentence when the dealer sends files and the last one is more than a day old."""
    if not loads:
        return None
    last = max(loads, key=lambda load: str(load["data"]["loaded_at"]))
    at = datetime.fromisoformat(last["data"]["loaded_at"])
    hours = (now - at).total_seconds() / 3600
    if hours <= 24:
        return None
    return f"The last file of this dealer, {last['data']['file_name']}, came {words.age(hours)}."


@dataclass(frozen=True, slots=True)
class Voice:
    """What customers said: a finding, and the complaints that wait, a row each."""

    finding: str
    waiting: pl.DataFrame


def voice(
    complaints: Iterable[Mapping[str, Any]], surveys: Iterable[Mapping[str, Any]], as_of: date
) -> Voice:
    """Complaints and answered surveys of the year up to the as-of day."""
    told = [c for c in complaints if as_of - YEAR <= _day(c["data"]["received_at"]) <= as_of]
    waiting = [c for c in told if c["state"] not in {"resolved", "closed"}]
    took = sorted(
        (_day(c["data"]["resolved_at"]) - _day(c["data"]["received_at"])).days
        for c in told
        if c["data"].get("resolved_at")
    )
    said = f"{words.plural(len(told), 'complaint')} in a year, {len(waiting)} waiting"
    if took:
        said += f"; answered within {words.plural(took[len(took) // 2], 'day')} (median)"
    scores = [s["data"]["score"] for s in surveys if as_of - YEAR <= _day(s["data"]["answered_at"]) <= as_of]
    if scores:
        said += (
            f"; satisfaction {sum(scores) / len(scores):.1f} of 10 ({words.plural(len(scores), 'answer')})"
        )
    else:
        said += "; no survey was answered"
    rows = [
        (words.day(_day(c["data"]["received_at"])), c["data"]["subject"], c["data"]["level"],
         c["state"], _day_or_dash(c["data"].get("due_at")))
        for c in sorted(waiting, key=lambda c: str(c["data"]["received_at"]))
    ]  # fmt: skip
    names = ["Received", "About", "Grave", "State", "Answer promised"]
    return Voice(said, pl.DataFrame(rows, schema=dict.fromkeys(names, pl.String), orient="row"))


def year_of_sales(months: pl.DataFrame, as_of: date) -> str:
    """Retail of complete months against their targets, in a sentence. months: month, retail, target."""
    done = months.filter(pl.col("month") < as_of.replace(day=1))
    sold, wanted = int(done["retail"].sum() or 0), int(done["target"].sum() or 0)
    said = f"{words.plural(sold, 'car')} in {words.plural(done.height, 'month')}"
    return (
        f"{said} against a target of {words.number(wanted)} ({words.percent(sold / wanted)})"
        if wanted
        else said
    )


def credit(accounts: pl.DataFrame) -> str | None:
    """Money to use and credit drawn, by currency; None without one. accounts: latest fund positions."""
    if accounts.is_empty():
        return None
    sums = accounts.group_by("currency").agg(
        pl.col("usable_minor", "credit_minor", "credit_used_minor").sum()
    )
    return "; ".join(
        f"{words.money(row['usable_minor'], row['currency'])} to use, "
        f"{words.money(row['credit_used_minor'], row['currency'])} of "
        f"{words.money(row['credit_minor'], row['currency'])} credit drawn"
        for row in sums.sort("currency").iter_rows(named=True)
    )


def _day(instant: str) -> date:
    return datetime.fromisoformat(instant).date()


def _day_or_dash(instant: str | None) -> str:
    return words.day(_day(instant)) if instant else words.DASH
