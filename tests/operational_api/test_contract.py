"""Whatever is sent that the OpenAPI document allows, or nearly: no 5xx, no answer it does not describe.

In the suite every route of its own and the routes of some types; all of them, and deeper, by
`pytest tests/operational_api/test_contract.py --examples 20 --all-types`.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import date
from typing import Any

import polars as pl
import pytest
import schemathesis
from fastapi import FastAPI
from hypothesis import HealthCheck, Phase, given, seed
from hypothesis import settings as examples_of
from schemathesis import GenerationMode
from schemathesis.core.failures import FailureGroup
from schemathesis.specs.openapi import checks
from starlette.testclient import TestClient

from operational_api.access import Actor, grants_of
from operational_api.app import create_app
from operational_api.documents import DOCUMENTS
from pipelines.audit import verify
from pipelines.extract import extract
from pipelines.postgres import DatabaseRole
from pipelines.settings import Settings
from pipelines.snapshot import Draft

pytestmark = [pytest.mark.db, pytest.mark.timeout(3_600)]
# Lines, references, a VIN for a key, persons, an erasing move, a shared type.
SOME_TYPES = {"repair_order", "vehicle", "customer_record"}
CHECKS = [
    schemathesis.checks.not_a_server_error,
    checks.status_code_conformance,
    checks.content_type_conformance,
    checks.response_headers_conformance,
    checks.response_schema_conformance,
]


@schemathesis.serializer("application/x-ndjson")
def ndjson(_: Any, value: Any) -> bytes:
    lines = value if isinstance(value, list) else [value]
    return b"\n".join(json.dumps(line).encode() for line in lines)


@schemathesis.serializer("application/edifact")
def edifact(_: Any, value: Any) -> bytes:
    return value.encode() if isinstance(value, str) else json.dumps(value).encode()


@pytest.fixture
def app(settings: Settings) -> FastAPI:
    """With a snapshot, so that the reader has something to read."""
    draft = Draft(settings.snapshots_dir)
    suggestions = {"suggestion_id": ["s1"], "outlet_id": ["AE01"], "verdict": ["suggested"], "quantity": [2]}
    steps = {"suggestion_id": ["s1"], "outlet_id": ["AE01"], "step_no": [1], "value": [2.0]}
    draft.add("mart_replenishment_suggestion", pl.DataFrame(suggestions))
    draft.add("mart_suggestion_explain", pl.DataFrame(steps))
    draft.publish(as_of_date=date(2026, 1, 1), code_version="c", feed={"epoch": "e", "hi": 1})
    return create_app(settings)


@pytest.fixture
def client(app: FastAPI) -> Iterator[TestClient]:
    with TestClient(app, raise_server_exceptions=False) as http:
        actor = Actor("ada", "admin", grants_of("admin", frozenset()), None, None, "en")
        http.headers["authorization"] = f"Bearer {app.state.access.issue(actor)}"
        yield http


@pytest.fixture
def known(client: TestClient, sample_data: Any) -> dict[str, str]:
    """One document of each type where the sample opens: collection to key."""
    keys = {}
    for number, document in enumerate(DOCUMENTS):
        key = {"outlet": "AE01", "vehicle": "5GZCZ43D13S812715"}.get(document.name, f"K-{document.name}")
        body: dict[str, Any] = {"key": key, "data": sample_data(document)}
        if document.is_tenant:
            body["outlet_id"] = "AE01"
        headers = {"Idempotency-Key": f"known-{number}"}
        answer = client.post(f"/v1/{document.collection}", json=body, headers=headers)
        assert answer.status_code < 500, answer.text
        if answer.status_code == 201:
            keys[document.collection] = key
    assert len(keys) > len(DOCUMENTS) * 0.8
    return keys


def test_no_request_breaks_the_api_or_its_own_description(
    app: FastAPI,
    client: TestClient,
    known: dict[str, str],
    request: pytest.FixtureRequest,
    settings: Settings,
) -> None:
    """And whatever was written on the way, every document is what its last row in the audit says."""
    wanted = request.config.getoption("--examples")
    schema = schemathesis.openapi.from_dict(app.openapi())
    left_out = set() if request.config.getoption("--all-types") else {
        d.collection for d in DOCUMENTS if d.name not in SOME_TYPES
    }  # fmt: skip
    broken: dict[str, str] = {}
    sent = 0
    for found in schema.get_all_operations():
        operation = found.ok()
        collection = operation.path.split("/")[2] if operation.path.count("/") > 1 else ""
        if collection in left_out:
            continue
        for mode in (GenerationMode.POSITIVE, GenerationMode.NEGATIVE):
            try:
                sent += _attack(client, operation, mode, known.get(collection), wanted)
            except (Exception, FailureGroup) as failure:
                broken.setdefault(operation.label, f"{mode}: {str(failure)[:1500]}")
    assert sent > 100
    assert not broken, f"{len(broken)} operations:\n\n" + "\n\n".join(
        f"{label}\n{told}" for label, told in list(broken.items())[:12]
    )
    url = settings.role_url(DatabaseRole.EXTRACT)
    extract(url, settings.raw_dir)
    found = verify(url, settings.raw_dir)
    assert (found.findings, found.unsealed_rows) == ((), 0)
    assert found.documents >= len(known)


def _attack(client: TestClient, operation: Any, mode: GenerationMode, key: str | None, wanted: int) -> int:
    """Send some requests of an operation; the first and every second one about a document that there is."""
    sent = 0

    @seed(7)
    @examples_of(
        max_examples=wanted, database=None, deadline=None, phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )  # fmt: skip
    @given(case=operation.as_strategy(generation_mode=mode))
    def send(case: Any) -> None:
        nonlocal sent
        sent += 1
        if key is not None and sent % 2 and "key" in (case.path_parameters or {}):
            case.path_parameters["key"] = key
            if "If-Match" in (case.headers or {}):
                case.headers["If-Match"] = '"1"'
        made = case.as_transport_kwargs(base_url="http://testserver")
        case.validate_response(_answer(client, made), checks=CHECKS)

    try:
        send()
    except Exception as error:
        if "Unsatisfiable" not in type(error).__name__:  # nothing in it can be made wrong
            raise
    return sent


def _answer(client: TestClient, made: dict[str, Any]) -> Any:
    data = made.pop("data", None)
    made.pop("cookies", None)
    headers = {k: v for k, v in (made.pop("headers", None) or {}).items() if str(v).isascii()}
    sent = {} if data is None else {"content" if isinstance(data, bytes | str) else "data": data}
    method, url = made.pop("method"), made.pop("url")
    return client.request(
        method, url, headers=headers, params=made.pop("params", None), json=made.pop("json", None), **sent
    )
