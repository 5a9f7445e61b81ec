"""Answers to suggestions sent by a dealer's own system, and what became of the orders they led to.

In: answers of one outlet and the list that is open now. Out: a result a line; orders and decisions are
written by `desk.ordering`, with keys derived from the caller's, so that a repeat writes nothing new.
"""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any
from urllib.parse import quote

from operational_api.access import Actor
from operational_api.desk import basket, ordering
from operational_api.desk.api import Api, Refused
from operational_api.desk.basket import Line
from operational_api.desk.today import rows_of, since_published
from operational_api.documents.parts_order import PARTS_ORDER
from operational_api.refusals import Conflict, FieldError, Invalid, KeyReused, NotAllowed, NotFound
from operational_api.wording import ENGLISH, said

Given = Mapping[str, Any]
REMEDIES = {
    "Order whole packs.": ("quantity", "whole_packs", "give a multiple of pack_size"),
    "Say why you decline.": ("reason", "required", "give one of the reasons"),
    "Price missing: this line is blocked.": ("suggestion_id", "price_missing", "ask the maker for a price"),
    "This part cannot be ordered.": ("suggestion_id", "not_orderable", "read its sentence"),
    "No supplier is known for this part.": ("suggestion_id", "no_supplier", "ask the maker for a supplier"),
}


async def answer(
    api: Api, actor: Actor, *, outlet: str, key: str, lines: Sequence[Given], language: str = ENGLISH
) -> dict[str, Any]:
    """Write what is right; returns counts, orders and a result for every line. Raises a Refusal.

    Remedies are said in `language`; here the rules are codes, which machines go by.
    """
    form_key = hashlib.sha256(f"{actor.subject}|{outlet}|{key}".encode()).hexdigest()[:32]
    names = [str(line["suggestion_id"]) for line in lines]
    snapshot = await api.get("/v1/snapshot")
    rows = {row["suggestion_id"]: row for row in await rows_of(api, sorted(set(names)), outlet)}
    since = await since_published(api, outlet, datetime.fromisoformat(snapshot["created_at"]))
    judged, errors = _judged(lines, rows)
    mine = basket.orders(
        judged.values(), outlet=outlet, form_key=form_key, run_id=snapshot["snapshot_id"], at=""
    )
    for name, line in list(judged.items()):
        past = since.ordered.get(name) or since.ordered.get(line.row["part_id"])
        if past is not None and past[0] not in mine:
            del judged[name]
            errors[name] = FieldError("suggestion_id", "already_ordered", f"it went into order {past[0]}")
    kept = list(judged.values())
    await _same_as_before(api, kept, outlet, form_key, snapshot["snapshot_id"])
    try:
        written = await ordering.place(
            api, kept, outlet=outlet, form_key=form_key, run_id=snapshot["snapshot_id"]
        )
    except Refused as refused:
        raise _refusal(refused) from refused
    return {
        "snapshot_id": snapshot["snapshot_id"],
        "received": len(lines),
        "accepted": len(kept),
        "rejected": len(lines) - len(kept),
        "orders": [{"parts_order_id": k, "status": f"/v1/replenishment/orders/{quote(k)}"} for k in written],
        "lines": [_result(number, name, judged.get(name), errors, outlet, form_key, language)
                  for number, name in enumerate(names, start=1)],
    }  # fmt: skip


def _judged(lines: Sequence[Given], rows: Mapping[str, Any]) -> tuple[dict[str, Line], dict[str, FieldError]]:
    """Lines by suggestion, and what is wrong with the others."""
    judged: dict[str, Line] = {}
    errors: dict[str, FieldError] = {}
    twice = {name for name, n in Counter(str(line["suggestion_id"]) for line in lines).items() if n > 1}
    for given in lines:
        name = str(given["suggestion_id"])
        if name in twice:
            errors[name] = FieldError("suggestion_id", "unique", "answer each suggestion once")
        elif name not in rows:
            errors[name] = FieldError("suggestion_id", "current", "pull the list again: it is not in it")
        elif (wrong := _mismatch(given, rows[name])) is not None:
            errors[name] = wrong
        else:
            line = _line(given, rows[name])
            if line.error is None:
                judged[name] = line
            else:
                field, rule, remedy = REMEDIES.get(line.error, ("quantity", "valid", line.error))
                errors[name] = FieldError(field, rule, remedy)
    return judged, errors


def _mismatch(given: Given, row: Mapping[str, Any]) -> FieldError | None:
    """What contradicts the word of the decision itself."""
    quantity, decision = given["quantity"], given["decision"]
    blocked = basket.why_blocked(row) if decision in {"accept", "edit"} else None
    if blocked is not None:
        return FieldError(*REMEDIES[blocked])
    if decision == "accept" and not row["quantity"]:
        return FieldError("decision", "nothing_suggested", "send edit with a quantity")
    if decision == "accept" and quantity not in {None, row["quantity"]}:
        return FieldError("decision", "accept_as_suggested", "send edit with another quantity")
    if decision == "edit" and quantity is None:
        return FieldError("quantity", "required", "say how many")
    if decision == "snooze" and given["snooze_days"] not in basket.SNOOZE_DAYS:
        days = ", ".join(str(d) for d in basket.SNOOZE_DAYS)
        return FieldError("snooze_days", "choice", f"give one of {days}")
    return None


def _line(given: Given, row: Mapping[str, Any]) -> Line:
    name, decision = given["suggestion_id"], given["decision"]
    units = row["quantity"] if given["quantity"] is None else given["quantity"]
    form = {f"q.{name}": str(units), f"r.{name}": given["reason"] or ""}
    if decision == "decline":
        form[f"d.{name}"] = "on"
    if decision == "snooze":
        form[f"z.{name}"] = str(given["snooze_days"])
    line = basket.answered(row, form)
    return replace(line, error=None) if decision == "snooze" else line


async def _same_as_before(api: Api, lines: list[Line], outlet: str, form_key: str, run_id: str) -> None:
    """The same key with other lines is a mistake of the caller, and must not look like a success."""
    for key, body in basket.orders(lines, outlet=outlet, form_key=form_key, run_id=run_id, at="").items():
        known = await ordering.found(api, f"/v1/{PARTS_ORDER.collection}/{key}")
        if known is not None and _content(known["data"]) != _content(body["data"]):
            raise KeyReused("this Idempotency-Key already ordered something else; send a new one")


def _content(data: Mapping[str, Any]) -> list[tuple[Any, ...]]:
    return sorted((line["part_id"], line["quantity"]) for line in data["lines"])


def _result(
    number: int,
    name: str,
    line: Line | None,
    errors: Mapping[str, FieldError],
    outlet: str,
    form_key: str,
    language: str,
) -> dict[str, Any]:
    if line is None:
        wrong = errors[name]
        told = {"field": wrong.field, "rule": wrong.rule, "remedy": said(wrong.remedy, language)}
        return {"row": number, "suggestion_id": name, "status": "rejected", "errors": [told]}
    done = {"row": number, "suggestion_id": name, "status": "accepted", "decision": line.decision}
    return done | {"parts_order_ids": basket.orders_of(line, outlet=outlet, form_key=form_key)}


async def follow(api: Api, key: str) -> dict[str, Any]:
    """An order with its lines: ordered, shipped, received, owed, expected. Raises NotFound."""
    order = await ordering.found(api, f"/v1/{PARTS_ORDER.collection}/{quote(key, safe='')}")
    if order is None:
        raise NotFound(f"there is no parts order {key[:80]}")
    shipments = await _all(api, "parts_shipments", key)
    owed = await _all(api, "backorder_lines", key)
    lines = [_followed(line, shipments, owed) for line in order["data"]["lines"]]
    return {
        "parts_order_id": order["key"],
        "state": order["state"],
        "version": order["version"],
        "order_type": order["data"]["order_type"],
        "ordered_at": order["data"]["ordered_at"],
        "requested_date": order["data"].get("requested_date"),
        "reject_reason": order["data"].get("reject_reason"),
        "lines": lines,
    }


async def _all(api: Api, collection: str, order: str) -> list[Any]:
    """Documents of the order; none for who may not read that type."""
    try:
        return await api.all(collection, parts_order_id=order)
    except Refused as refused:
        if refused.status in {403, 404}:
            return []
        raise


def _followed(line: Mapping[str, Any], shipments: list[Any], owed: list[Any]) -> dict[str, Any]:
    sent = [(s, own) for s in shipments for own in s["data"]["lines"] if own["line_no"] == line["line_no"]]
    waits = [
        o for o in owed if o["data"]["line_no"] == line["line_no"] and o["state"] in {"open", "allocated"}
    ]
    expected = [s["data"].get("eta_date") for s, _ in sent if s["state"] != "received"]
    expected += [o["data"].get("eta_date") for o in waits]
    return {
        "line_no": line["line_no"],
        "part_id": line["part_id"],
        "ordered": line["quantity"],
        "shipped": sum(own["quantity"] for _, own in sent),
        "received": sum(own.get("received_quantity") or 0 for s, own in sent if s["state"] == "received"),
        "owed": sum(o["data"]["quantity"] for o in waits),
        "eta_date": min((day for day in expected if day), default=None),
    }


def _refusal(refused: Refused) -> Exception:
    errors = [FieldError(str(e["field"]), str(e["rule"]), str(e["remedy"])) for e in refused.errors]
    kinds: dict[int, type[Exception]] = {403: NotAllowed, 404: NotFound, 409: Conflict, 422: Invalid}
    kind = kinds.get(refused.status)
    if kind is None:
        return refused
    made: Exception = kind(refused.detail or refused.title, errors)
    return made
