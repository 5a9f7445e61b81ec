"""A new declaration is one command away from its migration."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from operational_api import migrate, tables
from operational_api.document import Document, Field, Grant, Kind
from operational_api.documents import BY_NAME, DOCUMENTS
from pipelines import revision
from pipelines.settings import Settings

pytestmark = pytest.mark.db

ADVISOR = frozenset({Grant.ADVISOR})
LOANER = Document(
    name="loaner",
    meaning="One car lent for the length of one repair order.",
    key="loaner_id",
    area="service",
    fields=(Field(name="lent_at", kind=Kind.INSTANT, meaning="Hand-over.", required=True),),
    states=("lent",),
    open_by=ADVISOR,
    read_by=ADVISOR,
)


@pytest.fixture
def versions(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A copy of the migrations to draft into."""
    copy = tmp_path / "migrations"
    shutil.copytree(migrate.SCRIPTS, copy)
    monkeypatch.setattr(migrate, "SCRIPTS", copy)
    monkeypatch.setattr(revision, "SCRIPTS", copy)
    return copy / "versions"


def body(path: Path) -> str:
    return path.read_text().split("def upgrade() -> None:")[1]


def test_a_new_document_type_is_drafted_as_a_table_after_the_newest_revision(
    settings: Settings, versions: Path, monkeypatch: pytest.MonkeyPatch
):
    newest = max(versions.glob("[0-9]*.py")).name
    monkeypatch.setattr(tables, "DOCUMENTS", (*DOCUMENTS, LOANER))
    monkeypatch.setattr(tables, "BY_NAME", {**BY_NAME, "loaner": LOANER})
    drafted = revision.draft_revision(settings, "Loaner cars")
    assert drafted.parent == versions
    assert drafted.name > newest
    assert body(drafted).count("create_table(") == 1
    assert "sa.Column('lent_at', sa.DateTime(timezone=True), nullable=False)" in body(drafted)


def test_declarations_that_agree_with_the_schema_need_no_migration(settings: Settings, versions: Path):
    drafted = revision.draft_revision(settings, "Nothing")
    assert "op." not in body(drafted)
