"""Whoever rewrites the audit is found out, row by row; so is who writes past it."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from urllib.parse import urlsplit

import psycopg
import pytest

from pipelines.audit import AuditError, Findings, verify
from pipelines.extract import extract, read_manifest
from pipelines.postgres import DatabaseRole, Server
from pipelines.seals import START

pytestmark = pytest.mark.db
HEADER = "state, version, effective_at, created_at, created_by, updated_at, updated_by"
PART = f"""insert into doc.part (part_id, {HEADER}, part_no, description, category, criticality,
           pack_size, minimum_quantity, is_returnable)
           values (%(key)s, 'active', 1, now(), now(), 'ann', now(), 'ann', %(key)s, 'Filter', 'wear',
                   'vital', 1, 1, true)"""
CHANGE = """insert into api.change (document, key, version, action, actor, state, effective_at, after)
            select 'part', part_id, 1, 'open', 'ann', state, effective_at, api.plain_part(p)
              from doc.part p where part_id = %s"""


@pytest.fixture
def owner(database: Server) -> Iterator[psycopg.Connection]:
    """Whoever owns the server can change anything: he is the one to be found out."""
    url = urlsplit(database.admin_url)._replace(path=f"/{database.database}").geturl()
    with psycopg.connect(url, autocommit=True) as connection:
        yield connection


@pytest.fixture
def check(database: Server, owner: psycopg.Connection, tmp_path: Path) -> Callable[..., Findings]:
    """Three parts in two sealed windows."""
    url = database.url(DatabaseRole.EXTRACT)
    for parts in (("P1", "P2"), ("P3",)):
        for key in parts:
            owner.execute(PART, {"key": key})
            owner.execute(CHANGE, [key])
        extract(url, tmp_path)
    return lambda **options: verify(url, tmp_path, **options)


def told(found: Findings) -> list[tuple[str, str | None, str | None]]:
    return [(f.what, f.document, f.key) for f in found.findings]


def test_an_audit_that_nobody_touched_is_as_it_was_sealed(check, owner):
    found = check()
    assert (found.windows, found.rows, found.unsealed_rows, found.documents) == (2, 3, 0, 3)
    assert told(found) == []
    owner.execute(PART, {"key": "P4"})
    owner.execute(CHANGE, ["P4"])
    assert (check().unsealed_rows, told(check())) == (1, [])  # written since: not sealed yet, not an offence


def test_a_changed_row_is_named_whatever_was_changed(check, owner):
    for change, back in (
        ("actor = 'bob'", "actor = 'ann'"),
        ("recorded_at = recorded_at - interval '1 us'", "recorded_at = recorded_at + interval '1 us'"),
        ("effective_at = effective_at + interval '1 day'", "effective_at = effective_at - interval '1 day'"),
        ("personal_changed = '{phone}'", "personal_changed = null"),
        ("""after = after || '{"pack_size": 2}'""", """after = after || '{"pack_size": 1}'"""),
    ):
        owner.execute(f"update api.change set {change} where key = 'P2'")
        assert ("changed", "part", "P2") in told(check()), change
        owner.execute(f"update api.change set {back} where key = 'P2'")
    assert told(check()) == []


def test_a_value_changed_in_both_places_is_still_found(check, owner):
    """Document and audit agree again; the seal does not."""
    owner.execute("update doc.part set description = 'Other' where part_id = 'P1'")
    assert told(check()) == [("behind the audit", "part", "P1")]
    owner.execute("""update api.change set after = after || '{"description": "Other"}' where key = 'P1'""")
    assert told(check()) == [("changed", "part", "P1")]


def test_a_missing_row_is_named_from_what_was_extracted(check, owner):
    owner.execute("delete from api.change where key = 'P3'")
    found = check()
    assert told(found) == [("missing", "part", "P3"), ("behind the audit", "part", "P3")]
    assert "open by ann" in found.findings[0].told


def test_an_added_row_is_named(check, owner):
    owner.execute(
        """insert into api.change (xid, document, key, version, action, actor, state, effective_at, after)
           select xid, document, 'P9', 1, action, actor, state, effective_at, after
             from api.change where key = 'P1'"""
    )
    assert told(check()) == [("added", "part", "P9"), ("behind the audit", "part", "P9")]


def test_a_document_that_was_deleted_is_named(check, owner):
    owner.execute("delete from doc.part where part_id = 'P2'")
    assert told(check()) == [("behind the audit", "part", "P2")]


def test_entries_that_were_replaced_are_not_believed(check, owner, tmp_path):
    owner.execute("update api.change set actor = 'bob' where key = 'P3'")
    seal = read_manifest(tmp_path).seals[-1]
    path = tmp_path / seal.path
    path.write_bytes(path.read_bytes()[:-1] + b"x")
    assert told(check()) == [("seal broken", None, None)]
    path.unlink()
    assert told(check()) == [("seal broken", None, None)]


def test_a_seal_that_was_written_anew_breaks_the_chain_or_misses_the_head(check, tmp_path):
    head = check().head
    manifest = json.loads((tmp_path / "manifest.json").read_text())
    assert manifest["chain_start"] == START
    shortened = {**manifest, "seals": manifest["seals"][:1]}  # the later window is sealed again, as it is now
    (tmp_path / "manifest.json").write_text(json.dumps(shortened))
    assert told(check()) == []
    assert told(check(head=head)) == [("head unknown", None, None)]
    manifest["seals"][0]["rows"] = 7
    (tmp_path / "manifest.json").write_text(json.dumps(manifest))
    assert told(check())[0][0] == "seal broken"


def test_a_zone_from_before_there_were_seals_is_sealed_from_its_beginning(check, database, owner, tmp_path):
    manifest = json.loads((tmp_path / "manifest.json").read_text())
    (tmp_path / "manifest.json").write_text(json.dumps({**manifest, "seals": []}))
    with pytest.raises(AuditError, match="dms run"):
        check()
    owner.execute(PART, {"key": "P4"})
    owner.execute(CHANGE, ["P4"])
    extract(database.url(DatabaseRole.EXTRACT), tmp_path)
    found = check()
    assert (found.windows, found.rows, told(found)) == (1, 4, [])


def test_a_restored_database_begins_a_chain_at_the_old_ones_head(check, database, owner, tmp_path):
    head = check().head
    raw_dir = tmp_path / "zone" / "raw"
    url = database.url(DatabaseRole.EXTRACT)
    extract(url, raw_dir)
    head = read_manifest(raw_dir).head
    owner.execute("update api.feed set epoch = gen_random_uuid()")
    assert ("seal broken", None, None) in told(verify(url, raw_dir))
    extract(url, raw_dir)
    found = verify(url, raw_dir, head=head)
    assert told(found) == []
    assert read_manifest(raw_dir).chain_start == head
