"""Routes of the one reader: tables, metrics and the snapshot they come from.

In: a signed-in actor and query parameters. Out: JSON, CSV, Excel or Arrow with the actor's rows and
masks. Without a snapshot: 503 and the command that makes one.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import date
from typing import Annotated, Any

import orjson
from fastapi import APIRouter, Depends, Query, Request, Response
from starlette.datastructures import State

from operational_api.access import Actor, current_actor
from operational_api.insights import metrics, published
from operational_api.insights.formats import MEDIA_TYPES, Format, render
from operational_api.insights.reader import (
    Page,
    may_read,
    read_page,
    usable_columns,
    visible_columns,
)
from operational_api.insights.selection import parse_filters, parse_selection
from operational_api.insights.snapshots import Snapshots
from operational_api.refusals import NotFound
from pipelines.snapshot import CURRENT, Snapshot

_SNAPSHOT_ID = re.compile(r"[0-9]{8}-[0-9A-Z]{1,24}-[0-9a-f]{8}")

router = APIRouter(tags=["insights"])


def chosen_snapshot(
    request: Request,
    as_published_on: Annotated[str | None, Query(description="Id of a kept snapshot, if not current")] = None,
) -> Snapshot:
    """The snapshot a request reads. An id that is no id is unknown, whatever it spells on disk."""
    snapshots = snapshots_of(request.app.state)
    if as_published_on is None:
        return snapshots.get(CURRENT)
    if not _SNAPSHOT_ID.fullmatch(as_published_on) or not snapshots.has(as_published_on):
        raise NotFound(f"there is no snapshot {as_published_on[:60]}; `dms status` lists what is kept")
    return snapshots.get(as_published_on)


def snapshot_as_of(request: Request, day: date) -> Snapshot:
    """The last kept snapshot made for that business day. Raises NotFound."""
    snapshots = snapshots_of(request.app.state)
    for kept in snapshots.kept():
        if kept.manifest.as_of_date == day:
            return snapshots.get(kept.snapshot_id)
    raise NotFound(f"no snapshot of {day} is kept; GET /v1/snapshots lists those that are")


def snapshots_of(state: State) -> Snapshots:
    """The application's open snapshots, opened when first asked for."""
    if not hasattr(state, "snapshots"):
        state.snapshots = Snapshots(state.settings.snapshots_dir)
    found: Snapshots = state.snapshots
    return found


Reader = Annotated[Actor, Depends(current_actor)]
Chosen = Annotated[Snapshot, Depends(chosen_snapshot)]
Wanted = Annotated[Format, Query(alias="format", description="How the rows are written")]


@router.get("/v1/snapshot")
def get_snapshot(actor: Reader, snapshot: Chosen) -> Response:
    """What is published: as-of day, age, checks, counts. Everybody may ask how fresh the figures are."""
    return as_json(published.summary(snapshot, actor, published.utc_now()))


@router.get("/v1/snapshot/checks")
def list_checks(actor: Reader, snapshot: Chosen) -> Response:
    """Every check of the run that made the snapshot, failed ones first."""
    body = {"snapshot_id": snapshot.snapshot_id, "checks": published.checks(snapshot, actor)}
    return as_json(body)


@router.get("/v1/snapshot/tables")
def list_freshness(actor: Reader, snapshot: Chosen) -> Response:
    """Every published table with its rows and the newest day in it."""
    body = {"snapshot_id": snapshot.snapshot_id, "tables": published.tables(snapshot, actor)}
    return as_json(body)


@router.get("/v1/snapshots")
def list_kept(actor: Reader, request: Request) -> Response:
    """The snapshots that are kept, newest first; each can be read with `as_published_on`."""
    return as_json({"snapshots": published.kept(snapshots_of(request.app.state).kept(), actor)})


@router.get("/v1/insights")
def list_tables(actor: Reader, snapshot: Chosen) -> Response:
    """The tables this actor may read, with the meaning of each column."""
    tables = [
        {
            "table": name,
            "description": table.description,
            "columns": [
                {"name": c.name, "type": c.type, "description": c.description}
                for c in visible_columns(snapshot, actor, name).values()
            ],
        }
        for name, table in snapshot.manifest.tables.items()
        if may_read(actor, name, table)
    ]
    return as_json({"snapshot_id": snapshot.snapshot_id, "tables": tables})


@router.get("/v1/insights/{table}")
def get_table(
    table: str, actor: Reader, snapshot: Chosen, request: Request, format_: Wanted = Format.JSON
) -> Response:
    """A page of a table: `columns`, `order`, `limit`, `offset`; `<column>=value` (repeat for several, empty
    for null), `<column>_from`, `<column>_to`."""
    return page_of(table, actor, snapshot, request, format_)


@router.get("/v1/metrics")
def list_metrics(actor: Reader, snapshot: Chosen) -> Response:
    """Every metric this actor may read, as it is defined."""
    found = [metric.to_dict() for metric in metrics.metrics_of(snapshot, actor)]
    return as_json({"snapshot_id": snapshot.snapshot_id, "metrics": found})


@router.get("/v1/metrics/{metric_id}")
def get_metric(
    metric_id: str,
    actor: Reader,
    snapshot: Chosen,
    request: Request,
    by: Annotated[str, Query(description="Columns to group by, separated by commas")] = "",
) -> Response:
    """Parts, value and n of a metric, grouped and filtered by the columns of its mart."""
    metric = metrics.metric_of(snapshot, actor, metric_id)
    filters = parse_filters(request.query_params.multi_items(), usable_columns(snapshot, actor, metric.mart))
    groups = [name for name in by.split(",") if name]
    rows = metrics.compute(snapshot, actor, metric, by=groups, filters=filters)
    body = {"metric": metric.to_dict(), "snapshot_id": snapshot.snapshot_id, "rows": rows.to_dicts()}
    return as_json(body)


def page_of(table: str, actor: Actor, snapshot: Snapshot, request: Request, format_: Format) -> Response:
    """A page of a table as its query parameters ask for it."""
    shown = visible_columns(snapshot, actor, table)
    selection = parse_selection(request.query_params.multi_items(), shown)
    page = read_page(snapshot, actor, table, selection)
    return Response(render(page, format_), media_type=MEDIA_TYPES[format_], headers=_headers(page, format_))


def _headers(page: Page, format_: Format) -> Mapping[str, str]:
    headers = {
        "X-Snapshot-Id": page.snapshot.snapshot_id,
        "X-Total-Rows": str(page.total),
        "Cache-Control": "private, no-cache",
        "Vary": "Authorization",
    }
    if format_ in {Format.CSV, Format.XLSX}:
        name = f"{page.table}-{page.snapshot.manifest.as_of_date}.{format_}"
        headers["Content-Disposition"] = f'attachment; filename="{name}"'
    return headers


def as_json(body: Mapping[str, Any]) -> Response:
    headers = {"Cache-Control": "private, no-cache", "Vary": "Authorization"}
    return Response(orjson.dumps(body), media_type="application/json", headers=headers)
