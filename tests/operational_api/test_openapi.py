"""What is served is described, and what is described is served."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from operational_api import payload
from operational_api.app import create_app
from operational_api.documents import DOCUMENTS
from operational_api.routes import _handlers
from pipelines.settings import read_settings

pytestmark = pytest.mark.fast


@pytest.fixture(scope="module")
def schema(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    folder: Path = tmp_path_factory.mktemp("data")
    return create_app(read_settings({"DMS_DATA_DIR": str(folder)})).openapi()


def test_every_route_of_every_type_is_described(schema: dict[str, Any]):
    for document in DOCUMENTS:
        for segments in (
            [],
            ["bulk"],
            ["K"],
            ["K", "history"],
            *(["K", a] for a in payload.actions(document)),
        ):
            served = {m.lower() for m in _handlers(document, segments)}
            path = "/".join(["/v1", document.collection, *("{key}" if s == "K" else s for s in segments)])
            assert served == set(schema["paths"].get(path, {})), path


def test_nothing_is_described_that_is_not_served(schema: dict[str, Any]):
    collections = {d.collection: d for d in DOCUMENTS}
    for path, operations in schema["paths"].items():
        _, _, collection, *rest = path.split("/") if path.count("/") > 1 else ("", "", "")
        if collection in collections:
            served = {
                m.lower()
                for m in _handlers(collections[collection], ["K" if s == "{key}" else s for s in rest])
            }
            assert set(operations) <= served, path


def test_operation_ids_are_unique(schema: dict[str, Any]):
    ids = [o["operationId"] for p in schema["paths"].values() for o in p.values()]
    assert len(ids) == len(set(ids))


def test_every_reference_leads_somewhere(schema: dict[str, Any]):
    text = json.dumps(schema)
    names = {part.split('"')[0] for part in text.split('"#/components/schemas/')[1:]}
    assert names <= set(schema["components"]["schemas"])


def test_every_field_is_described_with_its_meaning_and_rule(schema: dict[str, Any]):
    for document in DOCUMENTS:
        data = schema["components"]["schemas"][document.name]["properties"]["data"]["properties"]
        assert set(data) == {f.name for f in document.fields}
        assert all(f.meaning in data[f.name]["description"] for f in document.fields)


def test_every_operation_names_its_refusals(schema: dict[str, Any]):
    for document in DOCUMENTS:
        operation = schema["paths"][f"/v1/{document.collection}"]["post"]
        assert {"400", "401", "403", "404", "409", "413", "422", "503"} <= set(operation["responses"])


def test_collections_do_not_take_addresses_of_other_routes(schema: dict[str, Any]):
    assert not {d.collection for d in DOCUMENTS} & {"insights", "metrics", "replenishment", "snapshot"}
