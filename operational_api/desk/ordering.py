"""Writes what a form of suggestions decided: orders first, then the decisions that name them.

Every key is derived from the form's key, so either part may be repeated after a dropped link or a crash:
what is there is left alone, what is missing is written.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from operational_api.desk import basket
from operational_api.desk.api import Api, Refused
from operational_api.desk.basket import Line
from operational_api.documents.parts_order import PARTS_ORDER


async def place(
    api: Api, lines: list[Line], *, outlet: str, form_key: str, run_id: str, state: str = "submitted"
) -> list[str]:
    """Keys of the orders of this form, written now or before. Raises Refused.

    A draft is the outlet's: whoever orders parts there amends it, on the version he saw, and submits it. Its
    lines leave the list like those of an order, so that nobody orders them meanwhile.
    """
    at = datetime.now(UTC).isoformat(timespec="seconds")
    bodies = basket.orders(lines, outlet=outlet, form_key=form_key, run_id=run_id, at=at)
    for key, body in bodies.items():
        at = await _open_once(api, key, {**body, "state": state}, form_key)
    told = basket.decisions(lines, outlet=outlet, form_key=form_key, run_id=run_id, at=at)
    if told:
        # The content is part of the key: decisions there already come back as taken and change nothing.
        digest = hashlib.sha256(json.dumps(told, sort_keys=True).encode()).hexdigest()[:16]
        await api.open_many("suggestion_decisions", told, idempotency_key=f"{form_key}-{digest}")
    return list(bodies)


async def _open_once(api: Api, key: str, body: Mapping[str, Any], form_key: str) -> str:
    """Write the order unless this form already did; returns when it was ordered."""
    path = f"/v1/{PARTS_ORDER.collection}/{key}"
    known = await found(api, path)
    if known is None:
        try:
            known = await api.open(PARTS_ORDER.collection, body, idempotency_key=f"{form_key}-{key}")
        except Refused:
            known = await found(api, path)  # the same form was being written by another request
            if known is None:
                raise
    return str(known["data"]["ordered_at"])


async def found(api: Api, path: str) -> Mapping[str, Any] | None:
    try:
        return dict(await api.get(path))
    except Refused as refused:
        if refused.status == 404:
            return None
        raise
