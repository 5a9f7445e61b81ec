"""Staging against the declarations: 1:1, every field, nothing else."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
import yaml

from operational_api.document import Document
from operational_api.documents import BY_NAME, DOCUMENTS

pytestmark = pytest.mark.fast

STAGING = Path(__file__).parents[2] / "dbt_project" / "models" / "staging"
# A type is staged when a mart reads it, and then whole.
STAGED = [d for d in DOCUMENTS if (STAGING / "operational" / f"stg_{d.name}.sql").exists()]
_ITEM = re.compile(r"(?:.* as )?([a-z0-9_]+),?$")


def test_every_staging_model_reads_a_declared_type() -> None:
    stems = (p.stem.removeprefix("stg_") for p in STAGING.glob("operational/stg_*.sql"))
    assert {stem.removesuffix("_change") for stem in stems} <= set(BY_NAME)


def selected(path: Path) -> list[str]:
    """Names of the columns of a staging model, in order."""
    body = path.read_text().split("\nfrom ")[0].removeprefix("select\n")
    lines = (line.strip() for line in body.splitlines())
    return [_ITEM.fullmatch(line)[1] for line in lines if line and not line.startswith("--")]  # type: ignore[index]


def declared(document: Document, *, change: bool) -> set[str]:
    header = {document.key, "state", "version", "effective_at", "recorded_at"}
    tenant = {"outlet_id"} if document.is_tenant else set()
    return header | tenant | ({"action", "actor"} if change else set()) | {f.name for f in document.plain}


@pytest.mark.parametrize("document", STAGED, ids=lambda d: d.name)
def test_a_staging_model_has_every_declared_field_and_no_other(document: Document) -> None:
    columns = selected(STAGING / "operational" / f"stg_{document.name}.sql")
    assert len(columns) == len(set(columns))
    assert set(columns) == declared(document, change=False)


@pytest.mark.parametrize(
    "path", sorted((STAGING / "operational").glob("stg_*_change.sql")), ids=lambda p: p.stem
)
def test_a_history_has_every_declared_field_and_who_did_what(path: Path) -> None:
    name = path.stem.removeprefix("stg_").removesuffix("_change")
    document = next(d for d in DOCUMENTS if d.name == name)
    assert set(selected(path)) == declared(document, change=True)


@pytest.mark.parametrize("path", sorted((STAGING / "personal").glob("*.sql")), ids=lambda p: p.stem)
def test_personal_columns_are_those_declared_personal(path: Path) -> None:
    name = path.stem.removeprefix("stg_").removesuffix("_personal")
    document = next(d for d in DOCUMENTS if d.name == name)
    assert set(selected(path)) == {document.key, "outlet_id", *(f.name for f in document.personal)}


@pytest.mark.parametrize("document", STAGED, ids=lambda d: d.name)
def test_only_types_that_never_change_are_read_without_looking_for_the_latest_version(
    document: Document,
) -> None:
    text = (STAGING / "operational" / f"stg_{document.name}.sql").read_text()
    assert ("versioned=false" in text) == (not document.moves and not document.amend_in)


@pytest.mark.parametrize("path", sorted(STAGING.rglob("stg_*.sql")), ids=lambda p: p.stem)
def test_every_staging_column_is_described(path: Path) -> None:
    models = yaml.safe_load((path.parent / f"{path.parent.name}__models.yml").read_text())["models"]
    model = next(m for m in models if m["name"] == path.stem)
    assert [c["name"] for c in model["columns"]] == selected(path)
    assert all(c["description"] for c in model["columns"])
