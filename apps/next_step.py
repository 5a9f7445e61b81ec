"""What to do next for one customer: a ranked list, each step with its reason and what stands against it.

Pure. In: rows of published tables and the verdicts on contact of this moment. Out: steps. Safety comes first
and past every list; what somebody promised comes before what we would like to sell; a step nobody may be
contacted for is told last, with the reason, so that it is done when the customer comes anyway.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from apps import reaching, words
from operational_api.contact import Purpose

SERVICE_AHEAD_DAYS, WARRANTY_AHEAD_DAYS = 30, 90
LIKELY_RETURN, LIKELY_ORDER = 0.5, 0.1
Row = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Step:
    """One thing to do; `why_not` says why nobody may be contacted for it (None: somebody may)."""

    what: str
    why: str
    purpose: str
    why_not: str | None = None


def steps(
    *,
    cars: Iterable[Row],
    recalls: Iterable[Row],
    returns: Iterable[Row],
    leads: Iterable[Row],
    tasks: Iterable[Row],
    verdicts: reaching.Verdicts | None,
    today: date,
) -> list[Step]:
    """The most pressing first. cars: rows of mart_vehicle_360 that he owns; recalls: open ones of these cars;
    returns, leads: scores of his cars and leads; tasks: open contact tasks, as the API answers them."""
    known = list(cars)
    found = [
        *_recalls(recalls),
        *_late_tasks(tasks, today),
        *_services(known, {row["vin"]: row for row in returns}, today),
        *_leads(leads),
        *_warranties(known, today),
    ]
    if verdicts is None:
        return found
    judged = [_judged(step, verdicts) for step in found]
    if reaching.may_be_asked(verdicts):
        why = f"reminders: {reaching.closed_by(verdicts, Purpose.SERVICE_MARKETING)}"
        judged.append(Step("Ask for permission at the next visit", why, Purpose.CONTRACT))
    return sorted(judged, key=lambda step: step.why_not is not None)  # stable: the order within stays


def _judged(step: Step, verdicts: reaching.Verdicts) -> Step:
    if reaching.is_open(verdicts, step.purpose):
        return step
    return Step(step.what, step.why, step.purpose, reaching.closed_by(verdicts, step.purpose))


def _recalls(rows: Iterable[Row]) -> Iterator[Step]:
    for row in rows:
        kind = words.label(row["action_kind"]).lower()
        purpose = Purpose.SAFETY if row["is_open_recall"] else Purpose.CONTRACT
        yield Step(
            f"Book {row['vin']} in for an open {kind}",
            f"{row['title']}, announced {words.day(row['announced_date'])}", purpose,
        )  # fmt: skip


def _late_tasks(tasks: Iterable[Row], today: date) -> Iterator[Step]:
    for task in tasks:
        data = task["data"]
        due = date.fromisoformat(data["due_date"])
        if due <= today:
            late = words.plural((today - due).days, "day") + " overdue" if due < today else "due today"
            yield Step(f"Make the contact: {words.label(data['rule_code']).lower()}", late, Purpose.CONTRACT)


def _services(cars: Iterable[Row], returns: Mapping[str, Row], today: date) -> Iterator[Step]:
    """Due ones in order of their day; who hardly comes back by himself is said to."""
    due = [
        c
        for c in cars
        if c["next_service_date"] and _days(c["next_service_date"], today) <= SERVICE_AHEAD_DAYS
    ]
    for car in sorted(due, key=lambda c: (c["next_service_date"], c["vin"])):
        days = _days(car["next_service_date"], today)
        when = f"{'overdue since' if days < 0 else 'due'} {words.day(car['next_service_date'])}"
        chance = returns.get(car["vin"], {}).get("probability")
        said = "" if chance is None else f"; {words.percent(chance)} chance to come within half a year"
        yield Step(f"Invite {car['model'] or car['vin']} for service", when + said, Purpose.SERVICE_MARKETING)


def _leads(leads: Iterable[Row]) -> Iterator[Step]:
    for lead in sorted(leads, key=lambda row: (-row["probability"], row["lead_id"])):
        if lead["probability"] >= LIKELY_ORDER:
            why = f"{words.percent(lead['probability'])} chance to order within {lead['horizon_days']} days"
            reason = f", mostly by {_plain(lead['reason_1'])}" if lead["reason_1"] else ""
            yield Step(f"Follow up lead {lead['lead_id']} ({lead['series'] or 'any series'})", why + reason,
                       Purpose.MARKETING)  # fmt: skip


def _warranties(cars: Iterable[Row], today: date) -> Iterator[Step]:
    for car in cars:
        end = car["warranty_end_date"]
        if end and 0 <= _days(end, today) <= WARRANTY_AHEAD_DAYS:
            what = f"Check {car['model'] or car['vin']} before its warranty ends"
            yield Step(what, f"ends {words.day(end)}", Purpose.SERVICE_MARKETING)


def _days(day: date, today: date) -> int:
    return (day - today).days


def _plain(reason: str) -> str:
    """A reason without the log-odds behind it: `level: H (+1.2)` -> `level: H`."""
    return reason.rsplit(" (", 1)[0]
