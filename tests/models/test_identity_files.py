"""Files of people as spreadsheets write them: read in any usual form, or refused with what to do."""

from __future__ import annotations

from pathlib import Path

import polars as pl
import pytest

from models.identity.columns import ColumnError, recognise
from models.identity.files import read_people

pytestmark = pytest.mark.fast
ROWS = "id{0}name{0}plz\n1{0}Jürgen Müller{0}01067\n"


@pytest.mark.parametrize("separator", [",", ";", "\t", "|"])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "cp1252"])
def test_a_text_is_read_whatever_its_separator_and_encoding(tmp_path: Path, separator: str, encoding: str):
    path = tmp_path / "people.csv"
    path.write_bytes(ROWS.format(separator).encode(encoding))
    frame, assumed = read_people(path)
    assert frame.rows() == [("1", "Jürgen Müller", "01067")]
    assert (assumed is not None) == (encoding == "cp1252")


@pytest.mark.parametrize(
    ("name", "content", "says"),
    [
        ("a.csv", b"", "no record: it is empty"),
        ("a.csv", b"id,name\n", "no record: only a header"),
        ("a.csv", b"id,name\n1,Lee, Ann\n", "row 2: 3 fields under 2 names"),
        ("a.csv", b"id,name\n1,\x81\x9d\n", "save it as UTF-8"),
        ("a.docx", b"x", "a file must be one of"),
        ("a.parquet", b"x", "cannot be read as .parquet"),
    ],
)
def test_what_cannot_be_read_is_refused_with_what_to_do(tmp_path: Path, name: str, content: bytes, says: str):
    path = tmp_path / name
    path.write_bytes(content)
    with pytest.raises(ColumnError, match=says):
        read_people(path)


def test_headings_of_other_languages_are_known_with_and_without_their_marks():
    headings = [
        "Kd-Nr.",
        "Vorname",
        "Nachname",
        "Geb.-Datum",
        "Téléphone",
        "Código postal",
        "Correo electrónico",
    ]
    used = recognise(pl.DataFrame({name: ["1"] for name in headings})).used
    assert {field: used[field] for field in sorted(used)} == {
        "birth_date": "Geb.-Datum", "email": "Correo electrónico", "family_name": "Nachname",
        "given_name": "Vorname", "phone": "Téléphone", "postcode": "Código postal", "record_id": "Kd-Nr.",
    }  # fmt: skip
