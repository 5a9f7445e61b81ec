"""Documents as sheets: a template that can be imported, an export that is the list."""

from __future__ import annotations

import csv
import io
import json
from typing import Any

import polars as pl
import pytest

from operational_api.documents import BY_NAME, DOCUMENTS
from operational_api.sheets import Sheet, template
from pipelines.contracts import file_contract
from pipelines.mapping import Mapping, map_columns

pytestmark = [pytest.mark.db, pytest.mark.anyio]


def header(body: bytes) -> list[str]:
    return next(csv.reader(io.StringIO(body.decode())))


def test_a_template_of_any_type_has_the_columns_an_import_knows():
    for document in DOCUMENTS:
        columns = header(template(document, Sheet.CSV))
        table = pl.DataFrame(schema=dict.fromkeys(columns, pl.String))
        mapped = map_columns(table, file_contract(document), Mapping(), document)
        assert mapped.unused == (), document.name
        assert set(columns) >= {f.name for f in document.entered}, document.name


def test_a_template_in_excel_says_what_each_column_means_and_takes():
    body = template(BY_NAME["part_demand"], Sheet.XLSX)
    about = pl.read_excel(body, sheet_name="about")
    [row] = about.filter(column="channel").to_dicts()
    assert (row["required"], row["meaning"]) == ("yes", "Who asked.")
    assert "counter" in row["write"]
    assert pl.read_excel(body, sheet_name="part_demand").columns == header(
        template(BY_NAME["part_demand"], Sheet.CSV)
    )


async def test_a_template_is_there_for_who_may_read_the_type(as_user: Any, network: None):
    async with as_user("abe") as http:
        answer = await http.get("/v1/part_demands/template.csv")
        assert answer.headers["content-disposition"] == 'attachment; filename="part_demand-template.csv"'
        assert header(answer.content)[:4] == ["part_demand_id", "outlet_id", "state", "part_id"]
        assert (await http.get("/v1/vehicle_certificates/template.csv")).status_code == 404
        assert (await http.get("/v1/part_demands/template.pdf")).status_code == 404  # no such document


async def test_an_export_is_the_list_with_its_scope_and_masks(as_user: Any, one_of_each: dict[str, str]):
    path = "/v1/customer_records"
    async with as_user("bob") as http:
        rows = list(csv.DictReader(io.StringIO((await http.get(f"{path}?format=csv")).text)))
        assert rows == []  # another dealer's
    async with as_user("ann") as http:
        [row] = csv.DictReader(io.StringIO((await http.get(f"{path}?format=csv")).text))
        listed = (await http.get(path)).json()["items"][0]
    assert row["customer_id"] == listed["key"]
    assert row["email"] == listed["data"]["email"]
    assert row["phone"] == "'" + listed["data"]["phone"]  # a leading plus would run as a formula
    async with as_user("pia") as http:
        answer = await http.get(f"{path}?format=csv")
        listed = (await http.get(path)).json()["items"][0]["data"]
    [row] = csv.DictReader(io.StringIO(answer.text))
    assert row.get("email", "") == listed.get("email", "") != "a@b.example"


async def test_an_export_in_excel_holds_lines_as_text_and_follows_the_filters(
    as_user: Any, one_of_each: dict[str, str]
):
    async with as_user("ada") as http:
        answer = await http.get("/v1/stock_counts?format=xlsx")
        none = await http.get("/v1/stock_counts?format=xlsx&state=posted")
        odd = await http.get("/v1/stock_counts?format=pdf")
    [row] = pl.read_excel(answer.content).to_dicts()
    assert json.loads(row["lines"])[0]["part_id"] == one_of_each["part"]
    assert pl.read_excel(none.content, raise_if_empty=False).is_empty()
    assert odd.status_code == 422


async def test_an_export_that_holds_too_much_is_refused(
    as_user: Any, one_of_each: dict[str, str], monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr("operational_api.sheets.MOST_EXPORTED", 0)
    async with as_user("ada") as http:
        answer = await http.get("/v1/leads?format=csv")
    assert answer.status_code == 422
    assert "at most 0 rows" in answer.json()["errors"][0]["rule"]
