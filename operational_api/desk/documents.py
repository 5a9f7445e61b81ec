"""Pages of any document type, read off its declaration: list, one document, entry form, moves.

A type, field or move added to `operational_api/documents/` appears here without a change.
"""

from __future__ import annotations

import itertools
import secrets
from collections.abc import Mapping, Sequence
from functools import partial
from typing import Any
from urllib.parse import quote

from starlette.requests import Request
from starlette.responses import Response

from operational_api.desk import forms
from operational_api.desk.api import Api, Refused
from operational_api.desk.names import is_public, name_of, names_of, references_of
from operational_api.desk.page import go_to, page
from operational_api.desk.session import Session, form_is_ours
from operational_api.document import Document, Field, Move
from operational_api.documents import BY_NAME, DOCUMENTS
from operational_api.documents.consent import CONSENT
from operational_api.documents.customer_record import CUSTOMER_RECORD
from operational_api.documents.vehicle import VEHICLE
from operational_api.duplicates import COMPARED
from operational_api.likeness import Verdict
from operational_api.policy import MASK, Access, access_to, unwritable

PAGE = 30
COLUMNS = 4  # fields shown in a list; a phone has no room for more
BY_COLLECTION: Mapping[str, Document] = {document.collection: document for document in DOCUMENTS}


async def show_list(request: Request, session: Session, api: Api) -> Response:
    document = _document(request, session)
    after, asked = request.query_params.get("after"), request.query_params.get("state")
    state = asked if asked in document.states else None
    found = await api.get(f"/v1/{document.collection}", limit=PAGE, after=after, order="-key", state=state)
    fields = _listed(document)
    referred = [reference for row in found["items"] for reference in references_of(fields, row["data"])]
    return page(
        request,
        session,
        "list.html",
        document=document,
        rows=found["items"],
        next=found["next"],
        fields=fields,
        names=await names_of(session, api, filter(is_public, referred)),
        chosen=state,
        shown=forms.shown,
        opens=session.opens(document),
    )


async def show_one(request: Request, session: Session, api: Api) -> Response:
    document = _document(request, session)
    row = await api.get(f"/v1/{document.collection}/{request.path_params['key']}")
    permissions = await _permissions(session, api, document, row)
    return await _detail(request, session, api, document, row, permissions=permissions)


async def _permissions(
    session: Session, api: Api, document: Document, row: Mapping[str, Any]
) -> list[tuple[str, list[Mapping[str, Any]]]]:
    """May this customer be contacted: a line a purpose, an answer a channel. Nothing for other types."""
    if document is not CUSTOMER_RECORD or not session.reads(CONSENT):
        return []
    found = await api.get(f"/v1/persons/{quote(row['key'], safe='')}/permissions")
    return [(p, list(v)) for p, v in itertools.groupby(found["verdicts"], key=lambda v: v["purpose"])]


async def make_move(request: Request, session: Session, api: Api) -> Response:
    """One move; when the document changed meanwhile, show it as it is now and say so."""
    document = _document(request, session)
    given = await _form(request, session)
    path = f"/v1/{document.collection}/{request.path_params['key']}"
    name = request.path_params["move"]
    move = next((m for m in document.moves if m.name == name), None)
    if move is None:
        raise Refused(404, {"title": "Not found", "detail": f"{document.name} has no move {name}"})
    body = {"data": forms.data(_accepted(document, move), given)}
    try:
        await api.move(f"{path}/{name}", body, version=given.get("version", ""))
    except Refused as refused:
        if refused.status not in {400, 409, 412, 422}:
            raise
        row = await api.get(path)
        return await _detail(request, session, api, document, row, refused=refused, given=given)
    return go_to(f"/desk/documents/{document.collection}/{request.path_params['key']}")


async def show_new(request: Request, session: Session, api: Api) -> Response:
    return _entry(request, session, _document(request, session), dict(request.query_params))


async def open_new(request: Request, session: Session, api: Api) -> Response:
    """Open a document; the key of the form makes a repeated send the same document."""
    document = _document(request, session)
    given = await _form(request, session)
    body: dict[str, Any] = {"data": forms.data(document.entered, given)}
    for name in ("key", "outlet_id", "state"):
        if given.get(f"header.{name}"):
            body[name] = given[f"header.{name}"]
    if similar := await _similar(document, api, body["data"]):
        return _entry(request, session, document, given, similar=similar)
    try:
        row = await api.open(document.collection, body, idempotency_key=given.get("form_key", ""))
    except Refused as refused:
        if refused.status not in {400, 409, 422}:
            raise
        return _entry(request, session, document, given, refused=refused)
    return go_to(f"/desk/documents/{document.collection}/{row['key']}")


async def _similar(document: Document, api: Api, data: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    """Records that are likely the customer being entered, unless it was said why this is somebody else."""
    if document is not CUSTOMER_RECORD or data.get("kept_apart_reason"):
        return []
    typed = {name: data[name] for name in COMPARED if data.get(name)}
    try:
        found = await api.post("/v1/duplicates", typed)
    except Refused as refused:
        if refused.status != 422:
            raise
        return []  # a field is wrong in itself: opening the record will say so
    return [item for item in found["items"] if item["verdict"] == Verdict.LIKELY]


def _document(request: Request, session: Session) -> Document:
    """The type of the address; one the user may not read does not exist for him."""
    document = BY_COLLECTION.get(request.path_params["collection"])
    if document is None or not session.reads(document):
        raise Refused(404, {"title": "Not found", "detail": "There is no such page for your role."})
    return document


async def _form(request: Request, session: Session) -> dict[str, str]:
    given = {name: str(value) for name, value in (await request.form()).items()}
    if not form_is_ours(session, given.get("token", "")):
        raise Refused(403, {"title": "Form expired", "detail": "Open the page again and send it once more."})
    return given


async def _detail(
    request: Request,
    session: Session,
    api: Api,
    document: Document,
    row: Mapping[str, Any],
    *,
    refused: Refused | None = None,
    given: Mapping[str, str] | None = None,
    permissions: Sequence[tuple[str, list[Mapping[str, Any]]]] = (),
) -> Response:
    tried = request.path_params.get("move")
    moves = [m for m in document.moves_from(row["state"]) if m.by & session.grants]
    return page(
        request,
        session,
        "detail.html",
        status=refused.status if refused else 200,
        document=document,
        row=row,
        refused=refused,
        permissions=permissions,
        names=await names_of(session, api, references_of(document.fields, row["data"])),
        link=lambda field, value: _link(session, field, value),
        shown=forms.shown,
        moves=[
            (
                m,
                forms.inputs(
                    _writable(session, document, row["state"], _accepted(document, m)),
                    given or {} if m.name == tried else {},
                    refused.errors if refused and m.name == tried else (),
                ),
            )
            for m in moves
        ],
    )


def _entry(
    request: Request,
    session: Session,
    document: Document,
    given: Mapping[str, str],
    refused: Refused | None = None,
    similar: Sequence[Mapping[str, Any]] = (),
) -> Response:
    if not session.opens(document):
        raise Refused(
            403, {"title": "Not allowed", "detail": f"{document.name} is opened by {_names(document)}."}
        )
    return page(
        request,
        session,
        "entry.html",
        status=refused.status if refused else 200,
        document=document,
        inputs=forms.inputs(_enterable(session, document), given, refused.errors if refused else ()),
        given=given,
        refused=refused,
        similar=similar,
        name_of=partial(name_of, CUSTOMER_RECORD),
        form_key=given.get("form_key") or secrets.token_hex(16),
    )


def _link(session: Session, field: Field, value: object) -> str | None:
    """Where the document stands that a field names; None when it names none, or none for this reader."""
    if field.ref is None or not isinstance(value, str) or value == MASK:
        return None
    if field.ref == VEHICLE.name:
        return f"/desk/vehicles/{quote(value, safe='')}"
    target = BY_NAME[field.ref]
    return f"/desk/documents/{target.collection}/{quote(value, safe='')}" if session.reads(target) else None


def _names(document: Document) -> str:
    return ", ".join(sorted(grant.value for grant in document.open_by))


def _accepted(document: Document, move: Move) -> list[Any]:
    return [document.field(name) for name in move.accepts]


def _writable(session: Session, document: Document, state: str, fields: list[Any]) -> list[Any]:
    """What the policy lets this user change in the state the document is in."""
    return [f for f in fields if access_to(session.grants, document, f, state) is Access.WRITE]


def _enterable(session: Session, document: Document) -> list[Any]:
    """What may be given with an opening in some state; the API judges the one that is chosen."""
    barred = [unwritable(session.grants, document, state) for state in document.opens_in]
    return [f for f in document.entered if not all(f.name in names for names in barred)]


def _listed(document: Document) -> tuple[Any, ...]:
    """Required fields first, nothing personal: a list is seen over a shoulder."""
    plain = [f for f in document.fields if not f.personal and not f.lines]
    return tuple(sorted(plain, key=lambda f: not f.required)[:COLUMNS])
