"""What systems of record send becomes documents that exist: opened, changed, moved on or held back."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import polars as pl
import psycopg
import pytest

from operational_api.documents import BY_NAME
from pipelines.document_feeds import DOCUMENT_FEEDS
from pipelines.feeds import current_rows
from pipelines.file_feeds import FEED_BY_NAME, FEEDS
from pipelines.importing import Loaded, import_file, take_inbox, validate_file, write_template
from pipelines.intake import post
from pipelines.postgres import DatabaseRole
from pipelines.release import correct, held_rows, release
from pipelines.settings import Settings
from pipelines.tabular import UnreadableFile

pytestmark = pytest.mark.db

VIN = "LADAA000000000001"
OUTLET = {
    "name": "Dubai", "legal_entity": "D", "outlet_kind": "dealer", "city": "Dubai", "timezone": "Asia/Dubai",
    "language": "en", "opened_date": "2020-01-01", "market": "AE", "region_path": "AE", "currency": "AED",
}  # fmt: skip
PART = {
    "part_no": "P-1", "description": "filter", "category": "wear", "criticality": "vital", "pack_size": 1,
    "minimum_quantity": 1, "is_returnable": True,
}  # fmt: skip
PRODUCT = {
    "brand": "Arden", "series": "ARO", "model": "Aro", "variant": "A1", "colour": "red", "model_year": 2026,
    "launch_date": "2025-01-01", "list_price_minor": 1, "currency": "USD",
}  # fmt: skip
ORDER = {
    "order_type": "stock", "ordered_at": "2026-01-02T09:00:00Z", "currency": "AED",
    "supplier_outlet_code": "AE01", "total_minor": 10,
    "lines": [{"line_no": 1, "part_id": "P1", "quantity": 5, "unit_price_minor": 1},
              {"line_no": 2, "part_id": "P2", "quantity": 5, "unit_price_minor": 1}],
}  # fmt: skip
CAR_ORDER = {
    "order_type": "stock", "priority": 5, "product_id": "ARO-1", "ordered_date": "2026-01-02",
    "price_minor": 1, "currency": "USD",
}  # fmt: skip


def opened(
    settings: Settings, name: str, key: str, data: Mapping[str, Any], outlet: str | None = None
) -> None:
    posted = post(
        settings, BY_NAME[name], [{"action": "open", "key": key, "outlet_id": outlet, "data": data}]
    )
    assert posted.rejected == 0, posted.errors


@pytest.fixture
def brand(settings: Settings) -> Settings:
    """One outlet, two parts, a product, a parts order."""
    opened(settings, "outlet", "AE01", OUTLET)
    for key in ("P1", "P2"):
        opened(settings, "part", key, PART | {"part_no": f"P-{key[1:]}"})
    opened(settings, "product", "ARO-1", PRODUCT)
    opened(settings, "parts_order", "PO1", ORDER, "AE01")
    return settings


def written(folder: Path, name: str, rows: Sequence[str]) -> Path:
    path = folder / name
    path.write_text("\n".join(rows) + "\n")
    return path


def counts(loaded: Loaded) -> tuple[int, int, int, int]:
    return (loaded.received, loaded.accepted, loaded.rejected, loaded.duplicate)


def rows(settings: Settings, query: str) -> list[tuple[Any, ...]]:
    with psycopg.connect(settings.role_url(DatabaseRole.EXTRACT)) as connection:
        return connection.execute(query.encode()).fetchall()


SHIPMENT = (
    "parts_shipment_id,outlet_id,parts_order_id,supplier_outlet_code,shipped_at,eta_date,line_no,part_id,quantity",
    "S1,AE01,PO1,AE01,2026-01-05T08:00:00Z,2026-01-09,1,P1,5",
    "S1,AE01,PO1,AE01,2026-01-05T08:00:00Z,2026-01-09,2,P2,{quantity}",
    "S2,AE01,PO1,AE01,2026-01-06T08:00:00Z,2026-01-10,1,P1,1",
)


def shipment(folder: Path, quantity: str) -> Path:
    return written(folder, f"asn-{quantity}.csv", [row.format(quantity=quantity) for row in SHIPMENT])


def test_rows_of_one_dispatch_advice_become_one_shipment_with_lines(brand: Settings, tmp_path: Path) -> None:
    assert counts(import_file(brand, shipment(tmp_path, "4"), "erp_parts_shipment")) == (3, 3, 0, 0)
    got = rows(brand, "select parts_shipment_id, lines from doc.parts_shipment order by 1")
    assert [key for key, _ in got] == ["S1", "S2"]
    assert [[(x["line_no"], x["part_id"], x["quantity"]) for x in lines] for _, lines in got] == [
        [(1, "P1", 5), (2, "P2", 4)],
        [(1, "P1", 1)],
    ]
    assert counts(import_file(brand, shipment(tmp_path, "4"), "erp_parts_shipment")) == (3, 0, 0, 3)


def test_a_shipment_comes_whole_and_its_correction_releases_all_its_rows(
    brand: Settings, tmp_path: Path
) -> None:
    loaded = import_file(brand, shipment(tmp_path, "-4"), "erp_parts_shipment")
    assert counts(loaded) == (3, 1, 2, 0)
    assert [(v["source_row"], v["field"], v["rule"]) for v in loaded.violations] == [
        (1, "parts_shipment_id", "comes whole: row 2 of the same parts_shipment is wrong"),
        (2, "quantity", "is at least 1"),
    ]
    wrong = next(r for r in held_rows(brand) if r.field == "quantity")
    correct(brand, wrong.key, {"quantity": "4"})
    assert release(brand, wrong.key) == 2
    assert held_rows(brand) == []
    query = "select jsonb_array_length(lines) from doc.parts_shipment where parts_shipment_id = 'S1'"
    assert rows(brand, query) == [(2,)]


def test_rows_of_one_document_agree_and_what_they_name_is_on_file(brand: Settings, tmp_path: Path) -> None:
    said = [
        *SHIPMENT[:2],
        SHIPMENT[2].format(quantity=1).replace("-09", "-08"),
        SHIPMENT[3].replace("P1", "P9"),
    ]
    loaded = import_file(brand, written(tmp_path, "asn.csv", said), "erp_parts_shipment")
    assert counts(loaded) == (3, 0, 3, 0)
    assert [(v["source_row"], v["field"]) for v in loaded.violations] == [
        (1, "parts_shipment_id"),
        (2, "eta_date"),
        (3, "part_id"),
    ]
    assert rows(brand, "select count(*) from doc.parts_shipment") == [(0,)]


def test_cars_on_board_become_a_shipment_and_a_new_arrival_day_changes_it(
    brand: Settings, tmp_path: Path
) -> None:
    head = "shipment_id,outlet_id,mode,carrier,departure_date,eta_date,vin"
    row = "SH1,AE01,sea,Blue Line,2026-01-05,{eta},{vin}"
    cars = [VIN, VIN[:8] + "2" + VIN[9:-1] + "2"]  # its check digit fits
    first = written(tmp_path, "v1.csv", [head, *(row.format(eta="2026-02-01", vin=v) for v in cars)])
    later = written(tmp_path, "v2.csv", [head, *(row.format(eta="2026-02-09", vin=v) for v in cars)])
    assert counts(import_file(brand, first, "erp_vehicle_shipment")) == (2, 2, 0, 0)
    assert counts(import_file(brand, later, "erp_vehicle_shipment")) == (2, 2, 0, 0)
    got = rows(brand, "select state, version, eta_date::text, jsonb_array_length(cars) from doc.shipment")
    assert got == [("planned", 2, "2026-02-09", 2)]


def test_a_built_car_becomes_a_vehicle_and_passing_a_station_moves_its_order(
    brand: Settings, tmp_path: Path
) -> None:
    built = written(
        tmp_path,
        "built.csv",
        ["vin,product_id,engine_no,plant,production_date", f"{VIN},ARO-1,E1,Wuhu,2026-01-20",
         f"{VIN[:-1]}O,ARO-1,E2,Wuhu,2026-01-20", f"{VIN[:-1]}3,NOVA,E3,Wuhu,2026-01-20"],
    )  # fmt: skip
    loaded = import_file(brand, built, "mes_vehicle_built")
    assert counts(loaded) == (3, 1, 2, 0)
    assert {(v["source_row"], v["field"]) for v in loaded.violations} == {(2, "own_key"), (3, "product_id")}
    assert rows(brand, "select vin, state, plant from doc.vehicle") == [(VIN, "built", "Wuhu")]
    order = {"action": "open", "key": "VO1", "outlet_id": "AE01", "by": "dealer", "data": CAR_ORDER}
    chain = [{"action": a, "key": "VO1"} for a in ("check_funds", "approve", "consolidate")]
    submit = {"action": "submit", "key": "VO1", "data": {"wanted_date": "2026-03-01"}}
    posted = post(brand, BY_NAME["vehicle_order"], [order, submit, *chain])
    assert posted.rejected == 0, posted.errors
    said = ["vehicle_order_id,status,status_at", "VO1,produced,2026-01-20T10:00:00Z",
            "VO1,scheduled,2026-01-10T10:00:00Z", "VO9,scheduled,2026-01-10T10:00:00Z"]  # fmt: skip
    loaded = import_file(brand, written(tmp_path, "mes.csv", said), "mes_order_status")
    assert counts(loaded) == (3, 2, 1, 0)
    assert loaded.violations[0]["source_row"] == 3
    assert rows(brand, "select state from doc.vehicle_order") == [("produced",)]
    again = import_file(brand, written(tmp_path, "again.csv", said[:3]), "mes_order_status")
    assert counts(again) == (2, 0, 0, 2)


def test_engineering_changes_a_part_and_ends_a_replacement(brand: Settings, tmp_path: Path) -> None:
    head = "part_id,part_no,description,category,criticality,pack_size,minimum_quantity,is_returnable"
    same = "P1,P-1,filter,wear,vital,1,1,true"
    parts = [head, same, "P2,P-2,filter,wear,vital,10,1,true", "P3,P-3,lamp,body,essential,1,1,false",
             "P4,P-4,lamp,body,rare,1,1,false"]  # fmt: skip
    loaded = import_file(brand, written(tmp_path, "parts.csv", parts), "plm_part")
    assert counts(loaded) == (4, 2, 1, 1)
    assert rows(brand, "select part_id, pack_size, state from doc.part order by 1") == [
        ("P1", 1, "planned"), ("P2", 10, "planned"), ("P3", 1, "active"),
    ]  # fmt: skip
    chain = (
        "part_relation_id,part_id,successor_part_id,relation_type,direction,preceding_quantity,"
        "succeeding_quantity,use_up,valid_from_date,valid_to_date"
    )
    row = "R1,P1,P3,supersession,one_way,1,1,use_up_first,2026-01-01,"
    first = written(tmp_path, "chain.csv", [chain, row])
    ended = written(tmp_path, "chain2.csv", [chain, row + "2026-06-30"])
    assert counts(import_file(brand, first, "plm_supersession")) == (1, 1, 0, 0)
    for accepted in (1, 0):
        assert import_file(brand, ended, "plm_supersession").accepted == accepted
    assert rows(brand, "select state, valid_to_date::text from doc.part_relation") == [
        ("ended", "2026-06-30")
    ]


def test_staff_who_left_leave_and_their_names_stay_out_of_quarantine(brand: Settings, tmp_path: Path) -> None:
    head = "staff_id,outlet_id,given_name,family_name,position,hired_date,left_date"
    first = [head, "ST1,AE01,Lena,Berg,technician,2024-01-01,", "ST2,AE01,Omar,Aziz,pilot,2024-01-01,"]
    loaded = import_file(brand, written(tmp_path, "staff.csv", first), "hr_staff")
    assert counts(loaded) == (2, 1, 1, 0)
    left = [head, "ST1,AE01,Lena,Berg,technician,2024-01-01,2026-03-31"]
    assert import_file(brand, written(tmp_path, "left.csv", left), "hr_staff").accepted == 1
    assert import_file(brand, written(tmp_path, "left.csv", left), "hr_staff").duplicate == 1
    got = rows(brand, "select state, family_name, left_date::text from doc.staff")
    assert got == [("left", "Berg", "2026-03-31")]


def test_callers_become_leads_enquiries_and_complaints_once(brand: Settings, tmp_path: Path) -> None:
    lead = ["lead_id,outlet_id,contact_name,contact_phone,series,arrived_at",
            "CC1,AE01,Sara N,+971501234567,ARO,2026-02-01T09:00:00Z",
            "CC2,AE01,Sara N,,ARO,2026-02-01T09:00:00Z"]  # fmt: skip
    assert counts(import_file(brand, written(tmp_path, "l.csv", lead), "call_centre_lead")) == (2, 1, 1, 0)
    changed = [lead[0], lead[1].replace("ARO", "NOVA")]
    assert import_file(brand, written(tmp_path, "l2.csv", changed), "call_centre_lead").duplicate == 1
    assert rows(brand, "select source, series, version from doc.lead") == [("call_centre", "ARO", 1)]
    case = "outlet_id,contact_name,category,subject,received_at"
    ask = [f"enquiry_id,{case}", "EN1,AE01,Sara N,price,how much,2026-02-01T09:00:00Z"]
    assert import_file(brand, written(tmp_path, "e.csv", ask), "call_centre_enquiry").accepted == 1
    told = [f"complaint_id,{case},level", "CO1,AE01,Sara N,noise,brakes,2026-02-01T09:00:00Z,serious",
            "CO2,AE01,Sara N,noise,brakes,2026-02-01T09:00:00Z,awful"]  # fmt: skip
    assert counts(import_file(brand, written(tmp_path, "c.csv", told), "call_centre_complaint")) == (
        2,
        1,
        1,
        0,
    )


ADF = """<?ADF VERSION "1.0"?><?xml version="1.0"?>
<adf>
 <prospect><id source="carfinder">77</id><requestdate>2026-02-03T15:30:20-08:00</requestdate>
  <vehicle interest="buy" status="new"><year>2026</year><make>Arden</make><model>Aro Sport</model></vehicle>
  <customer><contact><name part="first">Jo</name><name part="last">Müller</name>
   <phone type="voice">+971 50 123 4567</phone><email>jo@example.org</email></contact></customer>
  <vendor><id>AE01</id></vendor><provider><name part="full">Car Finder</name></provider></prospect>
 <prospect><id source="carfinder">78</id><requestdate>tomorrow</requestdate>
  <customer><contact><name part="full">Ann Oe</name></contact></customer>
  <vendor><id>AE01</id></vendor></prospect>
 <prospect><requestdate>2026-02-03T15:30:20Z</requestdate>
  <customer><contact><name part="full">No Key</name></contact></customer>
  <vendor><id>ZZ99</id></vendor></prospect>
</adf>"""


def test_prospects_of_a_web_portal_become_leads(brand: Settings, tmp_path: Path) -> None:
    path = written(tmp_path, "prospects.xml", [ADF])
    assert validate_file(brand, path, "web_lead").rejected == 2
    loaded = import_file(brand, path, "web_lead")
    assert counts(loaded) == (3, 1, 2, 0)
    assert [(v["source_row"], v["field"]) for v in loaded.violations] == [(2, "arrived_at"), (3, "own_key")]
    query = (
        "select lead_id, outlet_id, state, source, campaign, series, contact_name, contact_email, "
        "arrived_at::text from doc.lead"
    )
    assert rows(brand, query) == [
        ("adf-carfinder-77", "AE01", "new", "website", "Car-Finder", "Aro-Sport", "Jo Müller",
         "jo@example.org", "2026-02-03 23:30:20+00"),
    ]  # fmt: skip
    assert import_file(brand, path, "web_lead").duplicate == 1


def test_what_is_no_adf_is_told(brand: Settings, tmp_path: Path) -> None:
    for text in ("<orders/>", "<adf>", '<!DOCTYPE x [<!ENTITY a "b">]><adf/>'):
        with pytest.raises(UnreadableFile, match=r"prospects\.xml: "):
            import_file(brand, written(tmp_path, "prospects.xml", [text]), "web_lead")


FEED_FILES = {
    "erp_invoice": (
        "invoice_no,outlet,invoice_kind,purpose,invoice_date,due_date,amount_minor,open_minor,currency",
        "I1,AE01,invoice,part,2026-01-01,2026-01-31,500,500,AED",
        {"open_minor": "I2,AE01,invoice,part,2026-01-01,2026-01-31,500,501,AED",
         "due_date": "I3,AE01,invoice,part,2026-01-31,2026-01-01,500,0,AED",
         "outlet": "I4,ZZ99,invoice,part,2026-01-01,2026-01-31,500,500,AED"},
    ),
    "telematics_odometer": (
        "vin,read_at,odometer_km",
        f"{VIN},2026-02-01T08:00:00Z,1200",
        {"odometer_km": f"{VIN},2026-02-02T08:00:00Z,-1", "vin": f"{VIN[:-1]}9,2026-02-01T08:00:00Z,5"},
    ),
    "telematics_fault": (
        "vin,fault_code,seen_at,severity",
        f"{VIN},P0420,2026-02-01T08:00:00Z,workshop",
        {"severity": f"{VIN},P0420,2026-02-02T08:00:00Z,bad",
         "fault_code": f"{VIN},,2026-02-01T08:00:00Z,stop"},
    ),
    "hr_attendance": (
        "staff_id,attendance_date,attended_hours",
        "ST1,2026-02-02,7.5",
        {"attended_hours": "ST1,2026-02-03,25", "staff_id": "ST9,2026-02-02,8"},
    ),
    "production_slot": (
        "plant,series,build_month,capacity_units,scheduled_units,transit_days",
        "WUHU,ARO,2026-02-01,20,18,30",
        {"build_month": "WUHU,ARO,2026-03-15,20,18,30", "transit_days": "WUHU,ARO,2026-04-01,20,18,-1"},
    ),
    "dealer_financial_statement": (
        "outlet,statement_month,department,line,amount_minor,currency",
        "AE01,2026-01-01,service,revenue,90000,AED",
        {"statement_month": "AE01,2026-01-15,service,revenue,90000,AED",
         "department": "AE01,2026-01-01,canteen,revenue,1,AED"},
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", FEED_FILES)
def test_a_feed_takes_what_holds_and_holds_back_what_breaks(
    brand: Settings, tmp_path: Path, name: str
) -> None:
    opened(brand, "vehicle", VIN, {"product_id": "ARO-1", "production_date": "2026-01-20"})
    head, good, bad = FEED_FILES[name]
    staff = brand.inbox_dir / "hr_staff" / "z.csv"
    staff.parent.mkdir(parents=True)
    staff.write_text("staff_id,outlet_id,given_name,family_name,position,hired_date\n"
                     "ST1,AE01,L,B,technician,2024-01-01\n")  # fmt: skip
    path = brand.inbox_dir / name / "sent.csv"
    path.parent.mkdir(parents=True)
    path.write_text("\n".join([head, good, *bad.values()]) + "\n")
    people, loaded = take_inbox(brand)  # what others refer to is taken in first
    assert people.accepted == 1
    assert counts(loaded) == (1 + len(bad), 1, len(bad), 0)
    assert [v["field"] for v in loaded.violations] == list(bad)
    assert current_rows(brand.feeds_dir, FEED_BY_NAME[name]).height == 1


def test_every_declared_feed_is_tried_here() -> None:
    text = Path(__file__).read_text()
    elsewhere = {"exchange_rate", "market_registration"}
    assert set(FEED_FILES) == {f.name for f in FEEDS} - elsewhere
    assert [f.name for f in DOCUMENT_FEEDS if f'"{f.name}"' not in text] == []


@pytest.mark.parametrize("feed", [*FEEDS, *DOCUMENT_FEEDS], ids=lambda f: f.name)
def test_a_template_has_the_columns_the_import_knows(feed: Any, tmp_path: Path) -> None:
    names = [name for name, _ in feed.written]
    assert len(set(names)) == len(names)
    write_template(feed.name, tmp_path / "t.csv")
    assert (tmp_path / "t.csv").read_text().strip("\ufeff").strip().split(",") == names
    write_template(feed.name, tmp_path / "t.xlsx")
    assert pl.read_excel(tmp_path / "t.xlsx", sheet_id=1).columns == names
    assert pl.read_excel(tmp_path / "t.xlsx", sheet_id=2)["column"].to_list() == names


def test_a_row_in_quarantine_is_kept_as_it_came(brand: Settings, tmp_path: Path) -> None:
    import_file(brand, shipment(tmp_path, "-4"), "erp_parts_shipment")
    (kept,) = (r for r in held_rows(brand) if r.field == "quantity")
    assert json.loads(kept.row_json or "")["quantity"] == "-4"
