"""The sentence of a suggestion in the reader's language, from the suggestion's own columns.

Same figures and same arithmetic as the English sentence the engine publishes; a test holds them equal.
"""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from typing import Any

from operational_api.desk.language import Language

DAYS_PER_MONTH = 30.4375
WHY_NOT = {
    "obsolete": "No longer supplied.",
    "not_released": "Not released for ordering yet.",
    "kit": "A kit, put together when it is asked for: its parts are ordered, its demand counts there.",
    "no_policy": "No complete stocking policy: lead time, cycle, service level, pack or state is missing.",
    "stop_order": "Its last order day is over: ordered for known need only, and stock covers it.",
    "run_out": "Running out: ordered for known need only, and stock covers it.",
    "not_stocked": "Not kept in stock here: ordered for known need only, and stock covers it.",
    "no_forecast": "No forecast yet: ordered for known need only, and stock covers it.",
    "no_demand": "Nobody asked for it in the months the forecast reads.",
}
GROUPED = "Ordered at {outlet} for the whole group; its stock counts there."
STOOD_IN_FOR = "Ordered as {part}, which may stand in for it; its stock counts there."
REPLACED = "Replaced by {part}; order that number, old stock is counted there."
_ORDERED_AT = re.compile(r"Ordered at (\S+) for")  # and so does the outlet that orders for a group
_SUCCESSOR = re.compile(r"Replaced by ([^;]+);")  # the successor stands in the sentence alone
PARTS = (
    ("on_order", " + {n} on order"),
    ("in_transit", " + {n} in transit"),
    ("predecessor_on_hand", " + {n} under older numbers"),
    ("interchange_units", " + {n} under interchangeable numbers"),
    ("reserved", " - {n} reserved"),
    ("backordered", " - {n} owed to customers"),
    ("interchange_owed", " - {n} owed under interchangeable numbers"),
)


def sentence(row: Mapping[str, Any], say: Language) -> str:
    """Falls back to the published English sentence where its words cannot be rebuilt."""
    verdict = row["verdict"]
    published = str(row["sentence"] or "")
    if say.code == "en":
        return published
    if verdict == "superseded":
        successor = successor_of(row)
        return say(REPLACED, part=successor) if successor else published
    if verdict == "group_ordered":
        outlet = _ORDERED_AT.match(published)
        return say(GROUPED, outlet=outlet[1]) if outlet else published
    if verdict == "interchange_ordered":
        return say(STOOD_IN_FOR, part=row["ordered_part_id"])
    if verdict in WHY_NOT:
        return say(WHY_NOT[verdict])
    return rebuilt(row, say)


def successor_of(row: Mapping[str, Any]) -> str | None:
    """The number to order instead of a replaced or interchangeable one; None for every other line."""
    if row["verdict"] == "interchange_ordered":
        return str(row["ordered_part_id"])
    found = _SUCCESSOR.match(str(row["sentence"] or "")) if row["verdict"] == "superseded" else None
    return found[1] if found else None


def rebuilt(row: Mapping[str, Any], say: Language) -> str:
    """Rate, target, position and rounding of a line whose need was computed."""
    return f"{_target(row, say)}; {_have(row, say)}; {_outcome(row, say)}"


def _target(row: Mapping[str, Any], say: Language) -> str:
    rate = row["mean_units_per_month"]
    is_ordered_ahead = rate is not None and (rate == 0 or row["risk_variance"] > 0)
    if not is_ordered_ahead:
        return say("Ordered for known need only: target {target} booked", target=_whole(row, "order_up_to"))
    expected = rate * row["risk_days"] / DAYS_PER_MONTH
    booked = math.ceil(round(row["risk_mean"] - expected, 6))
    safety = round(row["full_target"] - round(expected, 1) - booked, 1)
    margin = "+ safety {n}" if safety >= 0 else "- accepted risk {n}"
    daily = rate / DAYS_PER_MONTH
    pace = (
        say("{n} a day", n=say.number(daily)) if daily >= 0.1 else say("{n} a month", n=say.number(rate, 2))
    )
    wait = int(row["order_wait_days"] or 0)
    before = say("{n} days to the order day + ", n=wait) if wait else ""
    limit = _whole(row, "order_up_to") if row["order_up_to"] < row["full_target"] else None
    told = say(
        "Sells {pace}: {expected} in {lead}-day lead + {review}-day cycle{booked} {margin} = target {target}",
        pace=pace,
        expected=say.number(expected),
        lead=before + say.number(row["lead_time_days"]),
        review=say.number(row["review_days"]),
        booked=say(" + {n} booked beyond that", n=booked) if booked > 0 else "",
        margin=say(margin, n=say.number(abs(safety))),
        target=_whole(row, "full_target"),
    )
    return told if limit is None else told + say(", limited to {n}", n=limit)


def _have(row: Mapping[str, Any], say: Language) -> str:
    terms = "".join(say(text, n=_whole(row, column)) for column, text in PARTS if row.get(column))
    return (
        say("have {n} on hand", n=_whole(row, "on_hand"))
        + f"{terms} = {_isolated(_whole(row, 'position'), say)}"
    )


def _outcome(row: Mapping[str, Any], say: Language) -> str:
    if not row["packed_quantity"]:
        return say("enough, need 0.")
    need, least, pack = (_whole(row, c) for c in ("raw_quantity", "minimum_quantity", "pack_size"))
    raised = say("; minimum {n}", n=least) if least > need else ""
    packed = say("; pack of {n}", n=pack) if pack > 1 else ""
    over = say(", {n} above the maximum", n=row["over_maximum"]) if row["over_maximum"] else ""
    cut = say("; the budget pays for {n}", n=row["quantity"]) if row["budget_cut"] else ""
    by = say("{n} of them by urgent order.", n=row["urgent_quantity"]) if row["urgent_quantity"] else ""
    blocked = say("Blocked: price missing.") if row["verdict"] == "price_missing" else ""
    need_first = say("need {n}", n=need) + f"{raised}{packed} -> {_whole(row, 'packed_quantity')}{over}{cut}."
    return " ".join(text for text in (need_first, by, blocked) if text)


def _isolated(units: int, say: Language) -> str:
    """A minus keeps its side of the figure in right-to-left text."""
    return f"\u2066{units}\u2069" if units < 0 and say.direction == "rtl" else str(units)


def _whole(row: Mapping[str, Any], column: str) -> int:
    """Units are whole; published tables may hold them as doubles."""
    return int(row[column])
