"""Published chances at work: the order of the work list, and audiences of people who may be contacted.

In: `mart_lead_score` and `mart_service_return` of the current snapshot, in the actor's scope, and what is on
file about the customers now. Out: rows with chance and reasons. A score never opens a door: whoever is
blacklisted, has refused or never agreed is in no audience and is not moved up, however likely he is to buy.
The verdict is asked at the moment of use (`contact.py`), so a refusal of this morning counts at once. It is
the person's, not the record's: what another outlet wrote down against it counts too (`golden_lists.py`).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from enum import StrEnum
from typing import Annotated, Any

import msgspec
import polars as pl
from fastapi import APIRouter, Depends, Query, Request
from starlette.responses import Response

from operational_api.access import Actor, current_actor
from operational_api.contact import Channel, Purpose, Reason
from operational_api.document import Grant
from operational_api.documents.customer_record import CUSTOMER_RECORD
from operational_api.golden_lists import golden_verdicts
from operational_api.insights.reader import scoped
from operational_api.insights.routes import snapshots_of
from operational_api.policy import may_read
from operational_api.refusals import NotFound, Refusal

router = APIRouter(tags=["follow-up"])
MOST = 1000
_REASONS = ("reason_1", "reason_2", "reason_3")


class Kind(StrEnum):
    """Which chance; the value is part of the address."""

    LEADS = "leads"  # will order
    RETURNS = "returns"  # will come to the workshop


_TABLES = {Kind.LEADS: ("mart_lead_score", "lead_id"), Kind.RETURNS: ("mart_service_return", "vin")}
_PURPOSES = {Kind.LEADS: Purpose.MARKETING, Kind.RETURNS: Purpose.SERVICE_MARKETING}


@router.get("/v1/audiences/{kind}", operation_id="read_audience", response_model=None)
async def read_audience(
    request: Request,
    caller: Annotated[Actor, Depends(current_actor)],
    kind: Kind,
    channel: Channel,
    least: Annotated[float, Query(ge=0, le=1, description="Chance of at least this.")] = 0.0,
    most: Annotated[float, Query(ge=0, le=1, description="Chance of at most this.")] = 1.0,
    limit: Annotated[int, Query(ge=1, le=MOST)] = 100,
) -> Response:
    """Who may be contacted over the channel, likeliest first; who was left out is counted by the reason."""
    if not may_read(caller, CUSTOMER_RECORD) or caller.grants == {Grant.DATA_ENGINEER}:
        raise NotFound("there is no audience for you")
    table, key = _TABLES[kind]
    snapshot = snapshots_of(request.app.state).get()
    rows = scoped(snapshot, caller, table).filter(pl.col("probability").is_between(least, most))
    found = rows.sort("probability", key, descending=[True, False]).collect()
    verdicts = await golden_verdicts(
        request.app.state.pool,
        snapshot,
        caller,
        found["customer_id"].drop_nulls().to_list(),
        _PURPOSES[kind],
        (channel,),
    )
    items: list[dict[str, Any]] = []
    left_out: Counter[str] = Counter()
    for row in found.iter_rows(named=True):
        reason = verdicts.get(row["customer_id"] or "", Reason.NO_PERMISSION)
        if reason is not Reason.PERMITTED:
            left_out[reason] += 1
        elif len(items) < limit:
            items.append({key: row[key], "customer_id": row["customer_id"], "outlet_id": row["outlet_id"],
                          "probability": row["probability"], "reasons": _said(row)})  # fmt: skip
    body = {"purpose": _PURPOSES[kind], "channel": channel, "as_of_date": snapshot.manifest.as_of_date,
            "items": items, "left_out": dict(left_out)}  # fmt: skip
    return Response(
        msgspec.json.encode(body), media_type="application/json", headers={"cache-control": "no-store"}
    )


async def in_order(request: Request, caller: Actor, items: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Work list items with `chance` and `reasons` where there is a score and the customer may be contacted.

    Overdue first; among those, and among the others, the likeliest first, then by day. Without a snapshot the
    list stays as it is: work goes on when the pipeline does not.
    """
    try:
        scores = _scores_of(request, caller, items)
    except Refusal:
        return items
    allowed: dict[Kind, Mapping[str, Reason]] = {}
    for kind in Kind:
        customers = [i["customer_id"] for i in items if i["customer_id"] and _score(scores, kind, i)]
        allowed[kind] = await golden_verdicts(
            request.app.state.pool, snapshots_of(request.app.state).get(), caller, customers,
            _PURPOSES[kind], tuple(Channel),
        )  # fmt: skip
    for item in items:
        for kind in Kind:
            row = _score(scores, kind, item)
            if row and allowed[kind].get(item["customer_id"] or "") is Reason.PERMITTED:
                item |= {"chance": row["probability"], "reasons": _said(row)}
                break
    return sorted(items, key=lambda i: (not i["is_overdue"], -i.get("chance", -1.0), i["due_date"]))


def _scores_of(
    request: Request, caller: Actor, items: Iterable[Mapping[str, Any]]
) -> dict[Kind, dict[str, dict[str, Any]]]:
    snapshot = snapshots_of(request.app.state).get()
    found = {}
    for kind, (table, key) in _TABLES.items():
        wanted = sorted({i[key] for i in items if i[key]})
        rows = scoped(snapshot, caller, table).filter(pl.col(key).is_in(wanted)).collect()
        found[kind] = {row[key]: row for row in rows.iter_rows(named=True)}
    return found


def _score(
    scores: Mapping[Kind, Mapping[str, dict[str, Any]]], kind: Kind, item: Mapping[str, Any]
) -> dict[str, Any] | None:
    return scores[kind].get(item[_TABLES[kind][1]] or "")


def _said(row: Mapping[str, Any]) -> list[str]:
    return [row[name] for name in _REASONS if row[name]]
