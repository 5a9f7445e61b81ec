"""The whole project built on a few rows written here, engines and all; KPIs run, rules seen in the marts.

One world: a dealer in Dubai and its warehouse, an old part replaced by a new one (two for one), a car
from order to owner, a lead from arrival to delivery. As of 30 June 2026.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterator, Sequence
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import duckdb
import polars as pl
import pytest
import yaml

from forecasting.cleaning import marks_on
from forecasting.supply import Change, Measure
from forecasting.supply_allocation import Lock, SupplyRule
from operational_api.documents import BY_NAME, DOCUMENTS
from pipelines import dbt_build
from pipelines.clean import clean_schema
from pipelines.dbt_build import Outcome
from pipelines.dbt_rounds import rounds
from pipelines.engines import ENGINES
from pipelines.feeds import take_rows
from pipelines.file_feeds import FEED_BY_NAME
from pipelines.forecast import Announced, Signals, project_parts, project_vehicles
from pipelines.golden import resolve_customers
from pipelines.network import balance_network
from pipelines.parsing import POLARS_TYPES
from pipelines.plan import Terms, plan_vintages, terms_of
from pipelines.replenish import decide, give_back
from pipelines.scoring import score
from pipelines.settings import Settings, read_settings
from pipelines.vehicle_numbers import decode_vehicles
from pipelines.warehouse import Warehouse

pytestmark = [pytest.mark.flow, pytest.mark.timeout(900)]

AS_OF = date(2026, 6, 30)
PROJECT = Path(__file__).parents[2] / "dbt_project"
_MARTS = "select table_name from duckdb_tables() where schema_name = 'marts'"
METRICS: list[dict[str, Any]] = yaml.safe_load((PROJECT / "metrics.yml").read_text())["metrics"]
VIN = "LFA00000000000001"


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def row(key: str, state: str, when: str = "2024-01-01", *, version: int = 1, action: str = "open",
        outlet: str | None = "D1", **fields: object) -> dict[str, Any]:  # fmt: skip
    """One change: the header and the fields that matter."""
    header = {"outlet_id": outlet, "state": state, "version": version, "action": action, "actor": "x"}
    return {
        "": key,
        **header,
        "effective_at": at(when),
        "recorded_at": at(when),
        "xid": 1,
        "seq": 1,
        **fields,
    }


def part(key: str, **fields: object) -> dict[str, Any]:
    fixed = {"part_no": key, "description": key, "category": "wear", "criticality": "vital"}
    return row(
        key, "active", outlet=None, **fixed, pack_size=4, minimum_quantity=4, is_returnable=True, **fields
    )


def outlet(key: str, kind: str, **fields: object) -> dict[str, Any]:
    place = {"market": "AE", "region_path": "MEA/AE", "city": "Dubai", "timezone": "Asia/Dubai"}
    trade = {"currency": "AED", "language": "en", "opened_date": date(2020, 1, 1)}
    named = {"name": key, "legal_entity": key, "outlet_kind": kind}
    return row(key, "operating", outlet=None, **named, **place, **trade, **fields)


def demand(key: str, part_id: str, when: str, quantity: int, **fields: object) -> dict[str, Any]:
    answered = {"filled_quantity": quantity} | fields
    return row(key, "filled", when, part_id=part_id, quantity=quantity, demanded_at=at(when),
               channel="counter", **answered)  # fmt: skip


def stock(key: str, part_id: str, when: str, quantity: int) -> dict[str, Any]:
    kind = "receipt" if quantity > 0 else "counter_sale"
    return row(key, "posted", when, part_id=part_id, quantity=quantity, move_type=kind, moved_at=at(when),
               unit_cost_minor=500, currency="AED")  # fmt: skip


def lead(version: int, state: str, action: str, when: str, **fields: object) -> dict[str, Any]:
    return row("L1", state, when, version=version, action=action, source="website", series="ARO",
               arrived_at=at("2026-01-10T08:00"), **fields)  # fmt: skip


def ordered(version: int, state: str, action: str, when: str, promised: date | None = None) -> dict[str, Any]:
    return row("V1", state, when, version=version, action=action, order_type="stock", priority=5,
               product_id="P1", ordered_date=date(2026, 1, 5), wanted_date=date(2026, 3, 1),
               promised_date=promised, price_minor=10_000_000, currency="AED", vin=VIN)  # fmt: skip


def world() -> dict[str, list[dict[str, Any]]]:
    """The rows, by document type. Twelve requests a year on the new number, one of three on the old."""
    monthly = [demand(f"M{n}", "NEW1", f"2025-{n:02d}-10T08:00", 4) for n in range(1, 13)]
    return {
        "outlet": [outlet("W1", "central_warehouse"),
                   outlet("D1", "dealer", supplier_outlet_code="W1", lead_time_days=10, review_days=7)],
        "staff": [row("S1", "active", position="technician", hired_date=date(2024, 1, 1))],
        "product": [row("P1", "on_sale", outlet=None, brand="Arden", series="ARO", model="Aro",
                        variant="ARO-1", colour="red", model_year=2026, launch_date=date(2024, 1, 1),
                        list_price_minor=1, currency="USD")],
        "vehicle": [row(VIN, "retailed", outlet=None, product_id="P1", production_date=date(2026, 1, 20))],
        "customer_record": [row("C1", "active", customer_type="person", source="desk", country="AE"),
                            row("C2", "erased", customer_type="person", source="desk", country="AE")],
        "part": [part("OLD1"), part("NEW1"), part("IDLE1"), part("SWAP1")],
        "part_relation": [row("R1", "active", outlet=None, part_id="OLD1", successor_part_id="NEW1",
                              relation_type="supersession", direction="one_way", preceding_quantity=1,
                              succeeding_quantity=2, use_up="use_up_first",
                              valid_from_date=date(2025, 6, 1)),
                          row("R2", "active", outlet=None, part_id="IDLE1", successor_part_id="SWAP1",
                              relation_type="interchange", direction="two_way", preceding_quantity=1,
                              succeeding_quantity=2, use_up="use_up_first",
                              valid_from_date=date(2025, 6, 1))],
        "part_price": [row("PP1", "effective", outlet=None, part_id="NEW1", market="AE", price_minor=1200,
                           price_type="dealer_net", currency="AED", valid_from_date=date(2024, 1, 1))],
        # 20:30 UTC on 31 January is February in Dubai; July lies after the as-of day
        "part_demand": [*monthly, demand("O1", "OLD1", "2026-01-31T20:30", 3),
                        demand("N1", "NEW1", "2026-04-15T08:00", 5, filled_quantity=2, lost_quantity=3),
                        demand("F1", "NEW1", "2026-07-02T08:00", 9)],
        "parts_stock_move": [stock("K1", "NEW1", "2025-01-01T08:00", 50),
                             stock("K2", "OLD1", "2025-01-01T08:00", 6),
                             stock("K3", "OLD1", "2026-02-01T08:00", -3),
                             stock("K4", "NEW1", "2026-04-15T08:00", -50),
                             stock("K5", "IDLE1", "2025-01-01T08:00", 1)],
        "lead": [lead(1, "new", "open", "2026-01-10T08:00"),
                 lead(2, "valid", "validate", "2026-01-10T09:00"),
                 lead(3, "assigned", "assign", "2026-01-10T10:00", staff_id="S1"),
                 lead(4, "following", "follow", "2026-01-10T10:30", first_contact_at=at("2026-01-10T10:00")),
                 lead(5, "order", "win", "2026-01-12T10:00", first_contact_at=at("2026-01-10T10:00"))],
        "vehicle_order": [ordered(1, "draft", "open", "2026-01-05T08:00"),
                          ordered(2, "submitted", "submit", "2026-01-06T08:00"),
                          ordered(3, "approved", "approve", "2026-01-08T08:00", date(2026, 3, 1)),
                          ordered(4, "scheduled", "schedule", "2026-01-09T08:00", date(2026, 4, 1)),
                          ordered(5, "received", "receive", "2026-03-20T08:00", date(2026, 4, 1))],
        "vehicle_stock_move": [
            row("VM1", "posted", vin=VIN, move_type="receipt", moved_at=at("2026-03-20T08:00")),
            row("VM2", "posted", vin=VIN, move_type="issue", moved_at=at("2026-05-20T08:00"))],
        "retail_delivery": [row("RD1", "reported", vin=VIN, customer_id="C1", lead_id="L1", odometer_km=5,
                                delivered_date=date(2026, 5, 20), warranty_start_date=date(2026, 5, 20),
                                price_minor=12_000_000, currency="AED", sales_channel="retail")],
        "parts_order": [row("PO1", "issued", "2026-06-20T08:00", order_type="stock",
                            supplier_outlet_code="W1", ordered_at=at("2026-06-20T08:00"),
                            total_minor=9600, currency="AED",
                            lines=[{"line_no": 1, "part_id": "NEW1", "quantity": 8,
                                    "unit_price_minor": 1200}])],
        "parts_shipment": [row("PS1", "sent", "2026-06-25T08:00", parts_order_id="PO1",
                               supplier_outlet_code="W1", shipped_at=at("2026-06-25T08:00"),
                               eta_date=date(2026, 7, 5),
                               lines=[{"line_no": 1, "part_id": "NEW1", "quantity": 4}])],
        "service_appointment": [row("SA1", "booked", "2026-06-29T08:00", vin=VIN, jobs="service",
                                    slot_at=at("2026-07-03T06:00"),
                                    parts=[{"part_id": "OLD1", "quantity": 1}])],
        "repair_order": [row("RO1", "settled", "2026-06-10T10:00", vin=VIN, opened_at=at("2026-06-10T05:00"),
                             promised_at=at("2026-06-10T09:00"), ready_at=at("2026-06-10T08:00"),
                             settled_at=at("2026-06-10T10:00"), odometer_km=900, complaint_code="oil",
                             currency="AED",
                             labour=[{"operation": "A1", "pay_type": "customer", "amount_minor": 15000,
                                      "standard_hours": Decimal("1.5"), "worked_hours": Decimal("1")}],
                             parts=[{"part_id": "NEW1", "pay_type": "customer", "quantity": 1,
                                     "amount_minor": 1500}])],
        # the second owner's day is the first one's last; the third comes after the as-of day
        "vehicle_ownership": [
            row("VO1", "ended", "2026-05-20", vin=VIN, customer_id="C1", starts_date=date(2026, 5, 20),
                ends_date=date(2026, 6, 20), reference="RD1"),
            row("VO2", "current", "2026-06-20", vin=VIN, customer_id="C2", starts_date=date(2026, 6, 20),
                reference="OT1"),
            row("VO3", "current", "2026-07-20", vin=VIN, customer_id="C1", starts_date=date(2026, 7, 20),
                reference="OT2")],
        "service_action": [row("RC1", "active", outlet=None, title="Hose", action_kind="safety_recall",
                               announced_date=date(2026, 6, 1), operation="H1",
                               standard_hours=Decimal("0.5"))],
        "campaign_vin": [row("CV1", "open", outlet=None, service_action_id="RC1", vin=VIN)],
        "warranty_rule": [row("WR1", "active", outlet=None, effective_from_date=date(2025, 1, 1),
                              check_kind="out_of_time", most=1095, outcome="reject", reason="TIME")],
        "sales_target": [row("T1", "issued", target_month=date(2026, 5, 1), series="ARO",
                             measure="retail", units=2)],
        "plan_scenario": [row("PS1", "draft", outlet=None, version=2, name="Third shift", assumption="x",
                              assumption_owner="x",
                              changes=[{"measure": "capacity_units", "series": None,
                                        "plan_month": date(2026, 8, 1), "value": Decimal("1.5")}],
                              locks=[{"outlet_code": "D1", "market": None, "series": "ARO",
                                      "plan_month": date(2026, 8, 1), "units": 3, "reason": "x"}])],
    }  # fmt: skip


def registered(brand: str, units: int) -> dict[str, Any]:
    return {
        "registration_month": date(2026, 5, 1),
        "market": "AE",
        "brand": brand,
        "segment": "all",
        "units": units,
    }


# Two files each: the second corrects a row of the first.
FEED_ROWS: dict[str, list[list[dict[str, Any]]]] = {
    "market_registration": [
        [registered("Arden", 3), registered("Rival", 6)],
        [registered("Arden", 2)],
    ],
    "exchange_rate": [
        [{"rate_date": date(2026, 6, 1), "from_currency": "USD", "to_currency": "AED", "rate": Decimal(rate),
          "source": "bank"}]
        for rate in ("36.7", "3.67")
    ],
}  # fmt: skip


def write(settings: Settings, rows: dict[str, list[dict[str, Any]]]) -> None:
    """The clean zone and the personal extract, a file for every type."""
    for document in DOCUMENTS:
        schema = clean_schema(document)
        given = rows.get(document.name, [])
        filled = [{document.key if k == "" else k: v for k, v in r.items()} for r in given]
        folder = settings.clean_dir / document.name
        folder.mkdir(parents=True, exist_ok=True)
        pl.DataFrame(filled, schema=schema).write_parquet(folder / "0-1.parquet")
    personal = settings.raw_dir / "personal"
    personal.mkdir(parents=True, exist_ok=True)
    for document in (d for d in DOCUMENTS if d.personal):
        kinds = {f.name: POLARS_TYPES[f.kind] for f in document.personal}
        held = [{"customer_id": "C1", "outlet_id": "D1", "family_name": "Haddad", "phone": "+971500000001"}]
        schema = pl.Schema({document.key: pl.String(), "outlet_id": pl.String(), **kinds})
        kept = held if document is BY_NAME["customer_record"] else []
        pl.DataFrame(kept, schema=schema).write_parquet(personal / f"{document.name}.parquet")
    for name, sent in FEED_ROWS.items():
        for hour, lines in enumerate(sent):
            take_rows(
                settings.feeds_dir, FEED_BY_NAME[name], pl.DataFrame(lines), at=at(f"2026-06-02T0{hour}:00")
            )


def build(settings: Settings, as_of: date = AS_OF) -> list[dbt_build.DbtNode]:
    """Every round of dbt with the real engines between them."""
    first, second, third = rounds_of(settings)
    nodes = dbt_build.build(settings, first, as_of=as_of)
    assert not [n for n in nodes if n.outcome is Outcome.failed], [n for n in nodes if n.message]
    warehouse = Warehouse(settings.warehouse_path)
    for tables in (
        project_parts(
            warehouse.read("mart_part_demand_month"),
            warehouse.read("mart_part_need_known"),
            Announced(warehouse.read("fct_part_supersession"), warehouse.read("fct_part_launch")),
            as_of,
        ),
        decode_vehicles(warehouse.read("dim_vehicle"), as_of),
        score(warehouse, as_of),
        project_vehicles(
            warehouse.read("mart_vehicle_sales_month"),
            warehouse.read("fct_launch_plan"),
            warehouse.read("dim_product"),
            Signals(
                warehouse.read("mart_vehicle_driver"),
                warehouse.read("mart_vehicle_need_known"),
                marks_on(warehouse.read("fct_sales_outlier"), as_of),
            ),
        ),
    ):
        for name, frame in tables.frames.items():
            warehouse.write(name, frame)
    for name, frame in plan_vintages(settings, warehouse, as_of).frames.items():
        warehouse.write(name, frame)
    for name, frame in resolve_customers(settings, warehouse, as_of).tables.frames.items():
        warehouse.write(name, frame)
    found = decide(warehouse, as_of)
    warehouse.write("replenishment_suggestion", found.suggestions)
    back = give_back(warehouse, found.suggestions, as_of)
    warehouse.write("return_suggestion", back.returns)
    warehouse.write("suggestion_explain", pl.concat([found.explain, back.explain], how="vertical_relaxed"))
    warehouse.write("stock_frontier", found.frontier)
    nodes += dbt_build.build(settings, second, as_of=as_of)
    for name, frame in balance_network(warehouse, found.suggestions, back.returns, as_of).frames.items():
        warehouse.write(name, frame)
    return nodes + dbt_build.build(settings, third, as_of=as_of)


def rounds_of(settings: Settings) -> list[list[str]]:
    """Names of what dbt builds in each round."""
    manifest = json.loads(dbt_build.manifest_path(settings).read_text())
    return [[node["name"] for node in nodes] for nodes in rounds(manifest, ENGINES)]


@pytest.fixture(scope="module")
def settings(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Settings]:
    before = dict(os.environ)
    made = read_settings({"DMS_DATA_DIR": str(tmp_path_factory.mktemp("warehouse"))})
    write(made, world())
    yield made
    os.environ.clear()
    os.environ.update(before)


@pytest.fixture(scope="module")
def built(settings: Settings) -> list[dbt_build.DbtNode]:
    return build(settings)


@pytest.fixture(scope="module")
def marts(settings: Settings, built: Sequence[dbt_build.DbtNode]) -> dict[str, pl.DataFrame]:
    """Every mart of the first build."""
    assert built
    return read_marts(settings)


def read_marts(settings: Settings) -> dict[str, pl.DataFrame]:
    with duckdb.connect(str(settings.warehouse_path)) as connection:
        names = connection.execute(
            "select table_name from duckdb_tables() where schema_name = 'marts'"
        ).fetchall()
        return {name: connection.sql(f'from marts."{name}" order by all').pl() for (name,) in names}


def test_everything_builds_and_every_data_test_passes(built: list[dbt_build.DbtNode]) -> None:
    assert [(n.name, n.message) for n in built if n.outcome is not Outcome.passed] == []
    assert sum(n.resource_type == "test" for n in built) > 60


def test_every_unit_test_passes(settings: Settings, built: Sequence[dbt_build.DbtNode]) -> None:
    assert built
    from dbt.cli.main import dbtRunner  # seconds to import: only where it is used

    folders = ["--project-dir", str(PROJECT), "--profiles-dir", str(PROJECT)]
    kept = ["--target-path", str(settings.data_dir / "unit"), "--log-path", str(settings.log_dir)]
    answer = dbtRunner().invoke(["-q", "test", "--select", "test_type:unit", *folders, *kept])
    assert answer.exception is None
    assert [(r.node.name, r.message) for r in answer.result if r.status != "pass"] == []
    assert len(answer.result.results) >= 20


@pytest.mark.parametrize("metric", METRICS, ids=lambda m: m["id"])
def test_every_kpi_runs_on_its_mart(
    metric: dict[str, Any], settings: Settings, marts: dict[str, Any]
) -> None:
    assert metric["mart"] in marts
    below = "1" if metric["denominator"] is None else f"nullif(sum({metric['denominator']}), 0)"
    by = ", ".join(metric["by"])
    with duckdb.connect(str(settings.warehouse_path)) as connection:
        query = f"select {by}, sum({metric['numerator']}) / {below} from marts.{metric['mart']} group by {by}"
        values = [row[-1] for row in connection.execute(query).fetchall()]
    assert all(v is None or isinstance(float(v), float) for v in values)


def test_demand_stands_at_the_end_of_its_chain_in_the_month_of_the_outlet(
    marts: dict[str, pl.DataFrame],
) -> None:
    months = marts["mart_part_demand_month"].filter(part_id="NEW1")
    units = dict(months.select("demand_month", "observed_units").iter_rows())
    # three of the old number, two for one, asked for in Dubai's February
    assert units[date(2026, 2, 1)] == 6.0
    assert units[date(2026, 1, 1)] == 0.0
    assert units[date(2026, 4, 1)] == 5.0
    assert date(2026, 6, 1) not in units  # June runs still
    assert marts["mart_part_demand_month"].filter(part_id="OLD1").is_empty()
    assert marts["fct_part_demand"].filter(part_id="OLD1")["quantity"].to_list() == [3]


def test_the_new_number_is_not_out_of_stock_while_the_old_one_lasts(marts: dict[str, pl.DataFrame]) -> None:
    position = marts["mart_part_position"].filter(part_id="NEW1").row(0, named=True)
    assert (position["on_hand"], position["predecessor_on_hand"]) == (0, 6.0)
    assert marts["mart_part_demand_month"].filter(part_id="NEW1")["zero_stock_days"].sum() == 0


def test_a_part_in_stock_that_nobody_asked_for_has_a_verdict_too(marts: dict[str, pl.DataFrame]) -> None:
    verdicts = marts["mart_replenishment_suggestion"].filter(part_id="IDLE1")
    assert verdicts["quantity"].to_list() == [0]
    assert verdicts["sentence"].str.len_chars().min() > 10


def test_stock_of_an_interchangeable_number_covers_the_one_that_is_ordered(
    marts: dict[str, pl.DataFrame],
) -> None:
    """One of the old lies there, which is two of the new; nobody ever asked for the new one."""
    pairs = marts["bridge_part_interchange"].sort("part_id").select("part_id", "stands_in_part_id", "factor")
    assert pairs.rows() == [("IDLE1", "SWAP1", 2.0), ("SWAP1", "IDLE1", 0.5)]
    lines = {row["part_id"]: row for row in marts["mart_replenishment_suggestion"].iter_rows(named=True)}
    assert (lines["SWAP1"]["interchange_units"], lines["SWAP1"]["position"]) == (2.0, 2.0)
    assert (lines["IDLE1"]["verdict"], lines["IDLE1"]["ordered_part_id"]) == ("interchange_ordered", "SWAP1")
    assert marts["mart_return_suggestion"].filter(part_id="IDLE1").is_empty()


def test_what_comes_and_what_is_booked_stand_in_the_position(marts: dict[str, pl.DataFrame]) -> None:
    position = marts["mart_part_position"].filter(part_id="NEW1").row(0, named=True)
    # eight ordered, four of them sent; a visit inside ten days of lead time needs one old, so two new
    assert (position["on_order"], position["in_transit"], position["booked_units"]) == (4.0, 4.0, 2.0)
    assert position["next_eta_date"] == date(2026, 7, 5)


def test_hours_sold_worked_and_attended_stay_apart(marts: dict[str, pl.DataFrame]) -> None:
    day = marts["mart_service_kpi"].filter(service_date=date(2026, 6, 10)).row(0, named=True)
    assert (day["sold_hours"], day["worked_hours"], day["attended_hours"]) == (1.5, 1.0, 8.0)
    assert (day["promise_kept_orders"], day["promised_orders"]) == (1, 1)
    assert (day["customer_labour_minor"], day["parts_minor"]) == (15000, 1500)


def test_a_car_is_late_by_its_first_promise(marts: dict[str, pl.DataFrame]) -> None:
    order = marts["mart_order_pipeline"].row(0, named=True)
    assert order["promised_date"] == date(2026, 3, 1)
    assert (order["slip_days"], order["is_on_time"]) == (19, False)
    assert order["delivered_date"] == date(2026, 5, 20)


def test_a_lead_is_followed_from_arrival_to_delivery(marts: dict[str, pl.DataFrame]) -> None:
    cohort = marts["mart_lead_funnel"].row(0, named=True)
    assert (cohort["cohort_month"], cohort["leads"], cohort["deliveries"]) == (date(2026, 1, 1), 1, 1)
    assert cohort["response_p50_minutes"] == 120.0
    assert marts["fct_lead_stage"]["stage"].to_list() == ["new", "valid", "assigned", "following", "order"]


def test_a_car_has_its_owners_in_a_row_and_its_page_says_what_it_is_owed(
    marts: dict[str, pl.DataFrame],
) -> None:
    owners = marts["bridge_vehicle_owner"].sort("valid_from_date")
    assert owners.select("customer_id", "valid_from_date", "valid_to_date").rows() == [
        ("C1", date(2026, 5, 20), date(2026, 6, 20)),
        ("C2", date(2026, 6, 20), None),
    ]
    car = marts["mart_vehicle_360"].row(0, named=True)
    assert (car["wmi"], car["wmi_country"], car["check_regime"]) == ("LFA", "CN", "reject")
    assert (car["known_owners"], car["open_recalls"], car["odometer_readings"]) == (2, 1, 2)
    # 5 km on 20 May, 900 on 10 June: 895 in 21 days; 20 days on by the end of June
    assert car["km_per_day"] == pytest.approx(895 / 21)
    assert car["estimated_km"] == pytest.approx(900 + 20 * 895 / 21)
    assert (car["warranty_end_date"], car["is_under_warranty"]) == (date(2029, 5, 19), True)
    assert marts["mart_vehicle_campaign"]["is_open_recall"].to_list() == [True]
    assert set(marts["fct_vehicle_event"]["document"]) == {
        "retail_delivery", "vehicle_ownership", "repair_order",
    }  # fmt: skip


def test_a_target_half_met_is_half_met(marts: dict[str, pl.DataFrame]) -> None:
    may = marts["mart_sales_attainment"].filter(sales_month=date(2026, 5, 1)).row(0, named=True)
    assert (may["retail_units"], may["retail_target"], may["wholesale_target"]) == (1, 2, None)


def test_a_draft_of_a_scenario_reaches_the_plan_as_it_was_written(marts: dict[str, pl.DataFrame]) -> None:
    (draft,) = marts["fct_plan_draft"].iter_rows(named=True)
    august = date(2026, 8, 1)
    assert (draft["plan_scenario_id"], draft["version"]) == ("PS1", 2)
    assert terms_of(draft) == Terms(
        [Change(Measure.capacity_units, 1.5, None, august)],
        SupplyRule.days_supply,
        [Lock("ARO", august, 3, "D1", None)],
    )


def test_a_fresh_installation_judges_parts_at_each_of_three_lags(marts: dict[str, pl.DataFrame]) -> None:
    parts = marts["mart_forecast_lag_accuracy"].filter(subject="part", level="network", step="statistical")
    came = dict(
        marts["mart_part_demand_month"]
        .group_by("demand_month")
        .agg(pl.col("corrected_units").sum())
        .iter_rows()
    )
    judged = {lag: set(parts.filter(lag=lag)["forecast_month"]) for lag in parts["lag"].unique()}
    april, may = date(2026, 4, 1), date(2026, 5, 1)
    assert judged == {1: {date(2026, 3, 1), april, may}, 2: {april, may}, 3: {may}}
    assert set(parts["kind"]) == {"backcast"}
    for row in parts.iter_rows(named=True):
        assert row["actual_units"] == pytest.approx(came[row["forecast_month"]])
        assert row["error_units"] == pytest.approx(row["units"] - row["actual_units"])


def test_an_erased_customer_leaves_no_name_behind(marts: dict[str, pl.DataFrame]) -> None:
    names = dict(marts["dim_customer"].select("customer_id", "family_name").iter_rows())
    assert names == {"C1": "Haddad", "C2": None}


def test_the_same_input_builds_the_same_marts(settings: Settings, marts: dict[str, pl.DataFrame]) -> None:
    build(settings)
    again = read_marts(settings)
    assert marts.keys() == again.keys()
    assert [name for name in marts if not marts[name].equals(again[name])] == []


def test_what_happened_after_the_as_of_day_does_not_exist(
    settings: Settings, marts: dict[str, pl.DataFrame]
) -> None:
    assert "F1" not in set(marts["fct_part_demand"]["part_demand_id"])
    day = date(2026, 4, 30)
    nodes = dbt_build.build(settings, rounds_of(settings)[0], as_of=day)
    assert not [n for n in nodes if n.outcome is Outcome.failed]
    early = read_marts(settings)
    assert early["mart_vehicle_stock_daily"]["stock_date"].max() == day
    assert early["dim_vehicle"].row(0, named=True)["holder_outlet_id"] == "D1"  # delivered in May
    assert early["mart_lead_funnel"]["deliveries"].to_list() == [0]
    assert early["mart_part_demand_month"]["demand_month"].max() == date(2026, 3, 1)
    assert early["mart_service_kpi"].is_empty()  # the one repair order is of June


def test_a_figure_sent_again_corrects_the_first_one(marts: dict[str, pl.DataFrame]) -> None:
    # 2 of ours, not 3, and 6 of theirs; a dollar buys 3.67 dirhams, not 36.7
    share = marts["mart_market_share"].filter(pl.col("is_own_brand")).row(0, named=True)
    assert (share["brand"], share["units"], share["market_units"], share["share"]) == ("Arden", 2, 8, 0.25)
    rates = marts["dim_exchange_rate"].select("from_currency", "to_currency", "rate", "is_to_group_currency")
    assert rates.rows() == [("AED", "USD", pytest.approx(1 / 3.67), True), ("USD", "AED", 3.67, False)]
