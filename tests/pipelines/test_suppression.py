"""The pipeline and the database agree on what identifies a person, in any spelling."""

from __future__ import annotations

import psycopg
import pytest

from pipelines.postgres import DatabaseRole, Server
from pipelines.suppression import KINDS, Suppression, normal

SPELLINGS = [
    "+971 50 123 4567", "0501234567", "(050) 123-4567", "12345", "1234567", " Amina@Example.COM ",
    "784-1990-7", "784 1990 7", "", "   ", "Zahrawi", "\u0661\u0662\u0663\u0664\u0665\u0666\u0667", "a.b",
    "\u00c9mile 12", "x" * 300,
]  # fmt: skip


@pytest.mark.fast
def test_spellings_of_one_identity_are_one():
    assert {normal("phone", text) for text in SPELLINGS[:3]} == {"501234567"}
    assert normal("phone", "12345") is None  # nobody's alone
    assert normal("email", SPELLINGS[5]) == "amina@example.com"
    assert normal("number", SPELLINGS[6]) == normal("number", SPELLINGS[7]) == "78419907"


@pytest.mark.db
def test_the_database_reads_every_spelling_the_same(database: Server):
    with psycopg.connect(database.url(DatabaseRole.OWNER)) as owner:
        for kind in KINDS:
            for text in SPELLINGS:
                found = owner.execute("select api.normal(%s, %s)", [kind, text]).fetchone()
                assert found == (normal(kind, text),), (kind, text)
        owner.execute("select api.suppress(%s, %s)", [["phone", "email"], ["0501234567", "a@b.example"]])
        salt = owner.execute("select salt::text from api.suppression_salt").fetchone()
        hashes = frozenset(row[0] for row in owner.execute("select hash from api.suppression"))
    known = Suppression(salt[0], hashes)
    assert [known.knows(t) for t in ("+971-50-1234567", "A@B.example", "0501234568", "x")] == [
        True, True, False, False,
    ]  # fmt: skip


@pytest.mark.db
def test_hashes_and_salt_are_the_owners_alone(database: Server):
    for role in (DatabaseRole.APP, DatabaseRole.EXTRACT):
        for table in ("suppression", "suppression_salt"):
            with (
                psycopg.connect(database.url(role)) as connection,
                pytest.raises(psycopg.errors.InsufficientPrivilege),
            ):
                connection.execute(f"table api.{table}")
