"""The one reader: whose rows, which columns, what is refused, and the same in every format."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import UTC, date, datetime
from pathlib import Path

import fastexcel
import httpx
import polars as pl
import pytest
import yaml
from fastapi import FastAPI

from operational_api import access, refusals, replenishment
from operational_api.access import Actor
from operational_api.document import Grant
from operational_api.insights import BadParameter, Snapshots, read_table, router
from operational_api.insights.metrics import Metric
from operational_api.insights.published import newest_date
from pipelines.snapshot import Check, Column, Draft, Snapshot

pytestmark = pytest.mark.fast

ROOT = Path(__file__).parents[2]
OUTLETS = ["A", "A", "B"]
SALES = pl.DataFrame(
    {
        "outlet_id": OUTLETS,
        "month": [date(2026, 1, 1), date(2026, 2, 1), date(2026, 1, 1)],
        "retail": [8, 0, 30],
        "target": [10, 0, 20],
        "margin_minor": [100, 200, 300],
        "buyer": ["Ada", "=1+1", "Cem"],
        "updated_at": [datetime(2026, 1, 5, 9, tzinfo=UTC)] * 3,
        "tags": [["x"], [], ["y", "z"]],
    }
)
COLUMNS = [
    Column("margin_minor", "", "Margin.", hidden_from=(Grant.PARTS,)),
    Column("buyer", "", "Who bought.", personal=True),
]
SUGGESTIONS = pl.DataFrame(
    {
        "outlet_id": ["A", "A", "B"],
        "suggestion_id": ["s1", "s2", "s3"],
        "part_id": ["oil", "belt", "oil"],
        "verdict": ["order", "enough", "order"],
        "quantity": [12, 0, 4],
    }
)
EXPLAIN = pl.DataFrame(
    {
        "outlet_id": ["A", "B", "A"],
        "suggestion_id": ["s1", "s3", "s1"],
        "step_no": [2, 1, 1],
        "value": [12.0, 4.0, 10.5],
    }
)
VEHICLES = pl.DataFrame(
    {"vin": ["1", "2", "3"], "holder_outlet_id": ["A", None, "B"], "seller_outlet_id": [None, "A", None]}
)
EXCEPTIONS = pl.DataFrame(
    {
        "region_path": ["MEA/GULF", "MEA/GULF/AE", "MEA/GULFS", "MEA", "MEA/GULF/AE", "MEA/GULF/AE"],
        "outlet_id": [None, None, None, None, "A", "B"],
        "place": [1, 2, 3, 4, 5, 6],
    }
)
METRICS = [
    {
        "id": "attainment",
        "label": "Target attainment",
        "mart": "mart_sales",
        "numerator": "retail",
        "denominator": "target",
        "unit": "ratio",
        "direction": "up",
        "version": 1,
        "by": ["outlet_id", "month"],
        "description": "Retail over target.",
    },
    {
        "id": "share_of_a",
        "label": "Share of A",
        "mart": "mart_sales",
        "numerator": "case when outlet_id = 'A' then retail end",
        "denominator": "1",
    },
    {"id": "margin", "label": "Margin", "mart": "mart_sales", "numerator": "margin_minor", "version": 2},
]


def publish(root: Path, sales: pl.DataFrame = SALES) -> str:
    draft = Draft(root)
    draft.add("mart_sales", sales, description="Sales.", columns=COLUMNS)
    draft.add("mart_replenishment_suggestion", SUGGESTIONS)
    draft.add("mart_suggestion_explain", EXPLAIN)
    draft.add("dim_part", pl.DataFrame({"part_id": ["oil", "belt"]}))
    draft.add("dim_vehicle", VEHICLES)
    draft.add("mart_plan_exception", EXCEPTIONS)
    draft.add("mart_network", pl.DataFrame({"units": [1]}))
    checks = [Check("grain", True, "error"), Check("late_file", False, "warn", "A sent nothing")]
    manifest = draft.publish(
        as_of_date=date(2026, 3, 1),
        code_version="1",
        feed={"epoch": "e", "hi": 7},
        checks=checks,
        metrics=METRICS,
        counts={"documents": 5},
    )
    return manifest.snapshot_id


def actor(*outlets: str, grant: Grant = Grant.DEALER_MANAGER) -> Actor:
    """Confined to the outlets named; to none when there are none named."""
    return Actor(
        subject="tester",
        role="dealer_staff" if outlets else str(grant),
        grants=frozenset({grant}),
        outlets=outlets or None,
        region_path=None,
        language="en",
    )


PLANNER = actor(grant=Grant.OEM_PLANNER)


@pytest.fixture
def snapshot(tmp_path: Path) -> Snapshot:
    publish(tmp_path)
    return Snapshots(tmp_path).get()


def client(root: Path, who: Actor) -> httpx.AsyncClient:
    app = FastAPI()
    app.state.snapshots = Snapshots(root)
    app.include_router(router)
    app.include_router(replenishment.router)
    refusals.install(app)
    app.dependency_overrides[access.current_actor] = lambda: who
    return httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://test")


@pytest.fixture
async def dealer(tmp_path: Path) -> AsyncIterator[httpx.AsyncClient]:
    publish(tmp_path)
    async with client(tmp_path, actor("A")) as http:
        yield http


# --- rows and columns ---------------------------------------------------------------------------


def test_what_speaks_of_a_region_is_read_by_whoever_has_it_or_one_above_and_by_no_dealer(snapshot: Snapshot):
    manager = replace(actor("A", grant=Grant.REGIONAL_MANAGER), region_path="MEA/GULF")
    read = [
        read_table(snapshot, who, "mart_plan_exception")["place"].to_list() for who in (manager, actor("A"))
    ]
    assert read == [[1, 2, 5], [5]]
    assert read_table(snapshot, PLANNER, "mart_plan_exception").height == 6


def test_a_dealer_reads_the_rows_of_its_outlets_and_a_planner_all(snapshot: Snapshot):
    assert read_table(snapshot, actor("A"), "mart_sales")["outlet_id"].to_list() == ["A", "A"]
    assert read_table(snapshot, actor("A", "B"), "mart_sales").height == 3
    assert read_table(snapshot, PLANNER, "mart_sales").height == 3


def test_filtering_for_another_outlet_gives_no_row(snapshot: Snapshot):
    assert read_table(snapshot, actor("A"), "mart_sales", where={"outlet_id": "B"}).is_empty()


def test_a_car_is_seen_by_the_outlet_that_holds_it_and_the_one_that_sold_it(snapshot: Snapshot):
    assert read_table(snapshot, actor("A"), "dim_vehicle")["vin"].to_list() == ["1", "2"]
    assert read_table(snapshot, actor("B"), "dim_vehicle")["vin"].to_list() == ["3"]


def test_a_table_without_owner_is_refused_to_a_confined_actor(snapshot: Snapshot):
    assert read_table(snapshot, PLANNER, "mart_network").height == 1
    assert read_table(snapshot, actor("A"), "dim_part").height == 2
    with pytest.raises(refusals.Refusal) as refused:
        read_table(snapshot, actor("A"), "mart_network")
    assert refused.value.status == 403


def test_a_column_hidden_from_every_grant_of_the_actor_does_not_exist_for_it(snapshot: Snapshot):
    assert "margin_minor" in read_table(snapshot, actor("A"), "mart_sales").columns
    parts = actor("A", grant=Grant.PARTS)
    assert "margin_minor" not in read_table(snapshot, parts, "mart_sales").columns
    for ask in ({"columns": ["margin_minor"]}, {"order": ["margin_minor"]}, {"where": {"margin_minor": 1}}):
        with pytest.raises(BadParameter, match="margin_minor"):
            read_table(snapshot, parts, "mart_sales", **ask)


def test_a_personal_column_is_masked_for_the_planner_and_hidden_from_the_engineer(snapshot: Snapshot):
    engineer = actor(grant=Grant.DATA_ENGINEER)
    assert "buyer" not in read_table(snapshot, engineer, "mart_sales").columns
    assert set(read_table(snapshot, PLANNER, "mart_sales")["buyer"]) == {"•••"}
    assert read_table(snapshot, actor("A"), "mart_sales")["buyer"].to_list() == ["Ada", "=1+1"]
    for ask in ({"order": ["buyer"]}, {"where": {"buyer": "Ada"}}):
        for who in (engineer, PLANNER):
            with pytest.raises(BadParameter, match="buyer"):
                read_table(snapshot, who, "mart_sales", **ask)


def test_order_puts_nulls_last_and_a_page_is_a_slice(snapshot: Snapshot):
    got = read_table(
        snapshot, PLANNER, "mart_sales", columns=["retail"], order=["-retail"], limit=2, offset=1
    )
    assert got["retail"].to_list() == [8, 0]


# --- metrics ------------------------------------------------------------------------------------


@pytest.mark.anyio
async def test_a_ratio_is_the_sum_of_parts_and_a_zero_denominator_is_null(tmp_path: Path):
    publish(tmp_path)
    async with client(tmp_path, PLANNER) as http:
        whole = (await http.get("/v1/metrics/attainment")).json()
        months = (await http.get("/v1/metrics/attainment?by=outlet_id,month&outlet_id=A")).json()
    # (8 + 0 + 30) / (10 + 0 + 20), not the mean of 0.8, null and 1.5
    assert whole["rows"] == [{"numerator": 38, "denominator": 30, "value": 38 / 30, "n": 3}]
    assert [row["value"] for row in months["rows"]] == [0.8, None]


@pytest.mark.anyio
async def test_parts_are_expressions_over_one_row_and_null_rows_add_nothing(tmp_path: Path):
    publish(tmp_path)
    async with client(tmp_path, PLANNER) as http:
        rows = (await http.get("/v1/metrics/share_of_a")).json()["rows"]
    # 8 + 0 of outlet A over three rows
    assert rows == [{"numerator": 8, "denominator": 3, "value": 8 / 3, "n": 3}]


@pytest.mark.anyio
async def test_a_metric_is_grouped_only_by_the_columns_it_declares(dealer: httpx.AsyncClient):
    answer = await dealer.get("/v1/metrics/attainment?by=buyer")
    assert answer.status_code == 422
    assert "month, outlet_id" in answer.text


def test_every_declared_metric_reads_as_an_expression():
    declared = yaml.safe_load((ROOT / "dbt_project" / "metrics.yml").read_text())["metrics"]
    metrics = [Metric.published(raw) for raw in declared]
    assert len({metric.id for metric in metrics}) == len(metrics) > 0
    assert all(metric.columns for metric in metrics)


@pytest.mark.anyio
async def test_a_metric_is_summed_over_the_actors_rows_only(dealer: httpx.AsyncClient):
    assert (await dealer.get("/v1/metrics/attainment")).json()["rows"][0]["numerator"] == 8


@pytest.mark.anyio
async def test_a_metric_of_hidden_columns_is_neither_listed_nor_computed(tmp_path: Path):
    publish(tmp_path)
    async with client(tmp_path, actor("A", grant=Grant.PARTS)) as http:
        assert [m["id"] for m in (await http.get("/v1/metrics")).json()["metrics"]] == [
            "attainment",
            "share_of_a",
        ]
        assert (await http.get("/v1/metrics/margin")).status_code == 403


# --- routes -------------------------------------------------------------------------------------


@pytest.mark.anyio
async def test_the_same_rows_and_columns_leave_in_every_format(dealer: httpx.AsyncClient):
    url = "/v1/insights/mart_sales?columns=outlet_id,retail,month&format="
    json_rows = (await dealer.get(url + "json")).json()["rows"]
    arrow = pl.read_ipc_stream((await dealer.get(url + "arrow")).content)
    csv = pl.read_csv((await dealer.get(url + "csv")).content, try_parse_dates=True)
    xlsx = fastexcel.read_excel((await dealer.get(url + "xlsx")).content).load_sheet("data").to_polars()
    assert (
        arrow.to_dicts()
        == csv.to_dicts()
        == [{**r, "month": date.fromisoformat(r["month"])} for r in json_rows]
    )
    assert xlsx.select("outlet_id", pl.col("retail").cast(int), pl.col("month").cast(pl.Date)).equals(arrow)


@pytest.mark.anyio
async def test_a_text_that_a_spreadsheet_would_run_is_disarmed(dealer: httpx.AsyncClient):
    csv = pl.read_csv((await dealer.get("/v1/insights/mart_sales?format=csv")).content)
    book = fastexcel.read_excel((await dealer.get("/v1/insights/mart_sales?format=xlsx")).content)
    assert csv["buyer"].to_list() == ["Ada", "'=1+1"]
    assert book.load_sheet("data").to_polars()["buyer"].to_list() == ["Ada", "'=1+1"]
    assert "mart_sales" in book.load_sheet("about", header_row=None).to_polars().to_series(1).to_list()


@pytest.mark.anyio
async def test_a_masked_text_is_masked_in_every_format(tmp_path: Path):
    publish(tmp_path)
    async with client(tmp_path, PLANNER) as http:
        for format_ in ("json", "csv", "arrow"):
            body = (await http.get(f"/v1/insights/mart_sales?format={format_}")).content
            assert b"Ada" not in body
            assert b"outlet_id" in body
        book = fastexcel.read_excel((await http.get("/v1/insights/mart_sales?format=xlsx")).content)
        assert "Ada" not in book.load_sheet("data").to_polars()["buyer"].to_list()


@pytest.mark.anyio
@pytest.mark.parametrize(
    ("query", "field"),
    [
        ("colour=red", "colour"),
        ("columns=retail,colour", "columns"),
        ("order=-colour", "order"),
        ("retail=many", "retail"),
        ("retail_from=1&retail_from=2", "retail_from"),
        ("month=2026-13-01", "month"),
        ("updated_at_from=yesterday", "updated_at_from"),
        ("tags=x", "tags"),
        ("limit=0", "limit"),
        ("limit=100001", "limit"),
        ("offset=-1", "offset"),
        ("retail=99999999999999999999", "retail"),
    ],
)
async def test_a_parameter_we_cannot_honour_is_422_and_named(
    dealer: httpx.AsyncClient, query: str, field: str
):
    answer = await dealer.get(f"/v1/insights/mart_sales?{query}")
    assert answer.status_code == 422
    assert [e["field"] for e in answer.json()["errors"]] == [field]
    assert all(e["rule"] and e["remedy"] for e in answer.json()["errors"])


@pytest.mark.anyio
@pytest.mark.parametrize(
    ("query", "retail"),
    [
        ("retail=8&retail=0", [8, 0]),
        ("retail_from=1", [8]),
        ("retail_to=1", [0]),
        ("month_from=2026-02-01", [0]),
        ("updated_at_from=2026-01-05T10:00:00%2B01:00", [8, 0]),
        ("updated_at_from=2026-01-05T09:00:01Z", []),
        ("buyer=", []),
        ("buyer=x'%20or%201=1", []),
    ],
)
async def test_filters_compare_values_of_the_columns_type(
    dealer: httpx.AsyncClient, query: str, retail: list[int]
):
    answer = await dealer.get(f"/v1/insights/mart_sales?{query}")
    assert [row["retail"] for row in answer.json()["rows"]] == retail


@pytest.mark.anyio
async def test_pages_add_up_to_the_table(dealer: httpx.AsyncClient):
    first = (await dealer.get("/v1/insights/mart_sales?limit=1&order=-retail")).json()
    rest = (await dealer.get(f"/v1/insights/mart_sales?order=-retail&offset={first['next_offset']}")).json()
    assert [r["retail"] for r in (*first["rows"], *rest["rows"])] == [8, 0]
    assert (first["total_rows"], rest["next_offset"]) == (2, None)


@pytest.mark.anyio
async def test_an_unknown_table_or_snapshot_is_404(dealer: httpx.AsyncClient):
    for url in (
        "/v1/insights/pg_shadow",
        "/v1/metrics/happiness",
        "/v1/snapshot?as_published_on=../../etc",
        "/v1/snapshot?as_published_on=20260301-20260301T000000000Z-00000000",
    ):
        assert (await dealer.get(url)).status_code == 404, url


@pytest.mark.anyio
async def test_suggestions_are_filtered_by_verdict_and_open_to_their_steps(dealer: httpx.AsyncClient):
    listed = (await dealer.get("/v1/replenishment/suggestions?verdict=order")).json()["rows"]
    assert [row["suggestion_id"] for row in listed] == ["s1"]
    opened = (await dealer.get("/v1/replenishment/suggestions/s1")).json()
    assert [step["value"] for step in opened["explanation"]] == [10.5, 12.0]
    assert (await dealer.get("/v1/replenishment/suggestions/s3")).status_code == 404


@pytest.mark.anyio
async def test_the_snapshot_says_how_old_it_is_and_what_failed(dealer: httpx.AsyncClient):
    body = (await dealer.get("/v1/snapshot")).json()
    assert body["as_of_date"] == "2026-03-01"
    assert body["checks"] == {
        "passed": 1,
        "failed": [{"name": "late_file", "severity": "warn", "passed": False}],  # what it found names outlets
    }
    assert body["is_stale"] is False
    assert "mart_network" not in body["rows"]


@pytest.mark.anyio
async def test_the_run_behind_a_snapshot_is_open_to_whoever_sees_all_outlets(
    tmp_path: Path, dealer: httpx.AsyncClient
):
    engineer = actor(grant=Grant.DATA_ENGINEER)
    async with client(tmp_path, engineer) as http:
        checks = (await http.get("/v1/snapshot/checks")).json()["checks"]
        tables = (await http.get("/v1/snapshot/tables")).json()["tables"]
        kept = (await http.get("/v1/snapshots")).json()["snapshots"]
    assert [(c["name"], c["passed"], c["message"]) for c in checks] == [
        ("late_file", False, "A sent nothing"),
        ("grain", True, ""),
    ]
    assert {t["table"]: t["newest_date"] for t in tables}["mart_sales"] == "2026-02-01"
    assert {t["table"]: t["newest_date"] for t in tables}["dim_part"] is None
    assert [(s["checks_failed"], s["counts"]) for s in kept] == [(1, {"documents": 5})]
    for url in ("/v1/snapshot/checks", "/v1/snapshot/tables", "/v1/snapshots"):
        assert (await dealer.get(url)).status_code == 403


def test_days_after_the_as_of_day_do_not_make_a_table_fresh():
    rows = pl.LazyFrame({"day": [date(2026, 3, 1), date(2026, 9, 1)], "units": [1, 2]})
    assert newest_date(rows, date(2026, 4, 1)) == date(2026, 3, 1)


# --- which snapshot -----------------------------------------------------------------------------


@pytest.mark.anyio
async def test_without_a_snapshot_the_answer_is_503_and_names_the_command(tmp_path: Path):
    async with client(tmp_path, PLANNER) as http:
        answer = await http.get("/v1/snapshot")
    assert answer.status_code == 503
    assert "dms run" in answer.text


@pytest.mark.anyio
async def test_a_new_snapshot_is_seen_at_once_and_the_old_one_by_its_id(tmp_path: Path):
    old = publish(tmp_path)
    async with client(tmp_path, PLANNER) as http:
        assert (await http.get("/v1/snapshot")).json()["snapshot_id"] == old
        new = publish(tmp_path, SALES.head(1))
        current = (await http.get("/v1/insights/mart_sales")).json()
        before = (await http.get(f"/v1/insights/mart_sales?as_published_on={old}")).json()
    assert (current["snapshot_id"], current["total_rows"]) == (new, 1)
    assert (before["snapshot_id"], before["total_rows"]) == (old, 3)


@pytest.mark.anyio
async def test_a_changed_byte_is_503_not_a_wrong_figure(tmp_path: Path):
    folder = tmp_path / publish(tmp_path)
    content = bytearray((folder / "mart_sales.parquet").read_bytes())
    content[len(content) // 2] ^= 1
    (folder / "mart_sales.parquet").write_bytes(content)
    async with client(tmp_path, PLANNER) as http:
        assert (await http.get("/v1/insights/mart_sales")).status_code == 503
        assert (await http.get("/v1/insights/dim_part")).status_code == 200
