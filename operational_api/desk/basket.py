"""What the parts manager decided on a page of suggestions, and the documents it becomes.

Pure: form values and suggestion rows in; lines with their errors, parts orders and decisions out.
Keys of documents are derived from the form's key, so the same form sent again names the same documents.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from operational_api.documents.suggestion_decision import SUGGESTION_DECISION

Row = Mapping[str, Any]
SNOOZE_DAYS = (7, 14, 30)
REASONS = SUGGESTION_DECISION.field("reason").choices
ORDERABLE = frozenset(
    {
        "suggested",
        "over_budget",
        "stop_order",
        "enough_stock",
        "no_demand",
        "no_forecast",
        "not_stocked",
        "run_out",
    }
)


@dataclass(frozen=True, slots=True)
class Line:
    """One suggestion and the answer to it; `error` is an English message of the catalogue."""

    row: Row
    quantity_text: str
    quantity: int | None
    declined: bool
    reason: str
    added: bool = False
    error: str | None = None
    snooze_days: int = 0
    by_urgent: bool = True  # whether the part of it that is worth the freight goes by urgent order

    @property
    def is_ordered(self) -> bool:
        return self.error is None and not (self.declined or self.snooze_days) and bool(self.quantity)

    @property
    def urgent_units(self) -> int:
        """Units by urgent order: what was found worth its freight, at most what is ordered."""
        wanted = int(self.row.get("urgent_quantity") or 0) if self.by_urgent else 0
        return min(wanted, int(self.quantity or 0)) if self.is_ordered else 0

    @property
    def decision(self) -> str:
        if self.snooze_days:
            return "snooze"
        if not self.is_ordered:
            return "decline"
        return "accept" if self.quantity == self.row["quantity"] and not self.added else "edit"


def offered(row: Row, *, added: bool = False) -> Line:
    """A line before anybody touched it: the suggested quantity, or one pack of what was added."""
    quantity = int(row["quantity"]) or int(row["pack_size"] or 1)
    return Line(row, str(quantity), quantity, declined=False, reason="", added=added)


def answered(row: Row, form: Mapping[str, Any], *, added: bool = False) -> Line:
    """A line as the form left it, judged."""
    name = row["suggestion_id"]
    text = str(form.get(f"q.{name}", "")).strip()
    declined = f"d.{name}" in form
    reason = str(form.get(f"r.{name}", ""))
    quantity = int(text) if text.isascii() and text.isdigit() and len(text) < 8 else None
    days = str(form.get(f"z.{name}", ""))
    snooze = int(days) if days in {str(d) for d in SNOOZE_DAYS} else 0
    error = None if snooze and not reason else _error(row, quantity, declined, reason)
    urgent = f"u.{name}" in form or f"u0.{name}" not in form
    return Line(
        row, text, quantity, not snooze and (declined or quantity == 0), reason, added, error, snooze, urgent
    )


def _error(row: Row, quantity: int | None, declined: bool, reason: str) -> str | None:
    if reason and reason not in REASONS:
        return "Choose a reason from the list."
    if declined or quantity == 0:
        return None if reason else "Say why you decline."
    if quantity is None or quantity > 1_000_000:
        return "Give a whole number."
    if quantity % int(row["pack_size"] or 1):
        return "Order whole packs."
    return why_blocked(row)


def why_blocked(row: Row) -> str | None:
    """Why a part cannot be ordered at all; None when it can."""
    if row["verdict"] == "price_missing" or row["unit_price_minor"] is None or not row["currency"]:
        return "Price missing: this line is blocked."
    if row["verdict"] not in ORDERABLE:
        return "This part cannot be ordered."
    return None if row["supplier_outlet_code"] else "No supplier is known for this part."


def orders(
    lines: Iterable[Line], *, outlet: str, form_key: str, run_id: str, at: str
) -> dict[str, dict[str, Any]]:
    """Order key -> body, one order per supplier, currency and type; usually there is one of each."""
    groups: dict[tuple[str, str, str], list[tuple[Line, int]]] = {}
    for line in lines:
        urgent = line.urgent_units
        for kind, units in (("stock", int(line.quantity or 0) - urgent), ("urgent", urgent)):
            if line.is_ordered and units:
                place = (line.row["supplier_outlet_code"], line.row["currency"], kind)
                groups.setdefault(place, []).append((line, units))
    bodies = {}
    for (supplier, currency, kind), members in groups.items():
        key = order_key(form_key, outlet, supplier, currency, kind)
        data = {
            "order_type": kind,
            "supplier_outlet_code": supplier,
            "ordered_at": at,
            "total_minor": sum(units * int(line.row["unit_price_minor"]) for line, units in members),
            "currency": currency,
            "run_id": run_id,
            "lines": [_order_line(number, *m) for number, m in enumerate(members, start=1)],
        }
        bodies[key] = {"key": key, "outlet_id": outlet, "state": "submitted", "data": data}
    return bodies


def _order_line(number: int, line: Line, units: int) -> dict[str, Any]:
    said = {"edit_reason": line.reason} if line.decision == "edit" and line.reason else {}
    return {
        "line_no": number,
        "part_id": line.row["part_id"],
        "quantity": units,
        "unit_price_minor": line.row["unit_price_minor"],
        "suggestion_id": line.row["suggestion_id"],
        **said,
    }


def order_key(form_key: str, outlet: str, supplier: str, currency: str, kind: str = "stock") -> str:
    named = (form_key, outlet, supplier, currency)
    return f"PO-{_digest(*named)}" if kind == "stock" else f"PO-{_digest(*named, kind)}"


def orders_of(line: Line, *, outlet: str, form_key: str) -> list[str]:
    """Keys of the orders that a line goes into: the stock order, the urgent one, both or none."""
    units = {"stock": int(line.quantity or 0) - line.urgent_units, "urgent": line.urgent_units}
    place = (line.row["supplier_outlet_code"], line.row["currency"])
    return [order_key(form_key, outlet, *place, kind) for kind, n in units.items() if line.is_ordered and n]


def decisions(
    lines: Iterable[Line], *, outlet: str, form_key: str, run_id: str, at: str
) -> list[dict[str, Any]]:
    """Bulk lines, one suggestion_decision per line that was answered without error."""
    return [
        {
            "action": "open",
            "key": f"SD-{_digest(form_key, outlet, line.row['suggestion_id'])}",
            "outlet_id": outlet,
            "state": "recorded",
            "at": at,
            "data": _decision(line, outlet, form_key, run_id, at),
        }
        for line in lines
        if line.error is None
    ]


def _decision(line: Line, outlet: str, form_key: str, run_id: str, at: str) -> dict[str, Any]:
    row = line.row
    data = {
        "suggestion_id": row["suggestion_id"],
        "run_id": run_id,
        "part_id": row["part_id"],
        "decision": line.decision,
        "suggested_quantity": int(row["quantity"]) if not line.added else 0,
        "decided_quantity": int(line.quantity or 0) if line.is_ordered else 0,
        "decided_at": at,
    }
    if line.reason:
        data["reason"] = line.reason
    if line.snooze_days:
        until = datetime.fromisoformat(at).date() + timedelta(days=line.snooze_days)
        data["snooze_until_date"] = until.isoformat()
    if line.is_ordered:
        data["parts_order_id"] = orders_of(line, outlet=outlet, form_key=form_key)[0]
    return data


def _digest(*parts: str) -> str:
    return hashlib.sha256("|".join(parts).encode()).hexdigest()[:20].upper()
