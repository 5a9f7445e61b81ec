"""Two cars for the pages: one under an open recall with a reading in doubt, one of another outlet."""

from __future__ import annotations

from datetime import date

import polars as pl

RECALLED, ELSEWHERE = "FZ0AR10C0RVAA0001", "FZ0AR10C2RVAA0002"


def tables() -> dict[str, pl.DataFrame]:
    return {
        "mart_vehicle_360": _cars(),
        "mart_vehicle_campaign": _campaigns(),
        "bridge_vehicle_owner": _owners(),
        "fct_odometer_reading": _readings(),
        "fct_vehicle_event": _events(),
        "mart_order_pipeline": _orders(),
        "mart_order_stage": _order_stages(),
        "bridge_outlet_history": _history(),
        "bridge_outlet_role": _roles(),
        "mart_recording_quality": _recording(),
        "fct_lead": pl.DataFrame({"outlet_id": ["AE01"], "arrived_date": [date(2026, 6, 1)]}),
    }


def _cars() -> pl.DataFrame:
    common = {
        "product_id": "P", "series": "ARO", "model": "Aro", "variant": "ARO-1", "colour": "red",
        "engine_no": "E",
        "plant": "V", "state": "retailed", "usage": None, "wmi": "FZ0", "wmi_country": None,
        "maker": "Velmora (simulated)", "check_regime": "warn", "check_state": "fits", "plant_code": "V",
        "serial": "AA0001", "sold_market": "AE", "model_year": 2024, "known_owners": 2, "open_campaigns": 0,
        "open_recalls": 0, "odometer_readings": 3, "sound_readings": 2, "rolled_back_readings": 1,
        "misread_readings": 0, "last_km": 20_000, "km_per_day": 40.0, "estimated_km": 25_000.0,
        "warranty_limit_km": 100_000, "production_date": date(2024, 1, 5),
        "registration_date": date(2024, 3, 1),
        "delivered_date": date(2024, 3, 2), "warranty_start_date": date(2024, 3, 2),
        "warranty_end_date": date(2027, 3, 2), "owned_since_date": date(2025, 1, 1),
        "last_read_date": date(2026, 2, 1), "last_visit_date": date(2026, 2, 1),
        "next_service_date": date(2027, 2, 1), "is_under_warranty": True,
    }  # fmt: skip
    return pl.DataFrame(
        [
            {"vin": RECALLED, **common, "open_campaigns": 1, "open_recalls": 1},
            {"vin": ELSEWHERE, **common, "rolled_back_readings": 0},
        ],
        infer_schema_length=None,
        schema_overrides={"usage": pl.String, "wmi_country": pl.String},
    )


def _campaigns() -> pl.DataFrame:
    return pl.DataFrame(
        {
            "campaign_vin_id": ["CV1"], "vin": [RECALLED], "service_action_id": ["RC-01"],
            "title": ["Brake hose"],
            "action_kind": ["safety_recall"], "bulletin": ["TB"], "operation": ["OP-1"], "state": ["open"],
            "reason": [None], "standard_hours": [0.6], "announced_date": [date(2026, 5, 1)],
            "done_date": [None],
            "is_open": [True], "is_open_recall": [True],
        },
        schema_overrides={"done_date": pl.Date, "reason": pl.String},
    )  # fmt: skip


def _owners() -> pl.DataFrame:
    return pl.DataFrame(
        {
            "vin": [RECALLED, RECALLED, ELSEWHERE], "period_no": [1, 2, 1], "outlet_id": ["AE01",
            "AE01", "SA01"],
            "customer_id": ["C1", "C2", "C9"], "source": ["vehicle_ownership"] * 3, "source_key": ["a",
            "b", "c"],
            "valid_from_date": [date(2024, 3, 2), date(2025, 1, 1), date(2024, 3, 2)],
            "valid_to_date": [date(2025, 1, 1), None, None], "is_known": [True] * 3,
            "is_current": [False, True, True],
        }
    )  # fmt: skip


def _readings() -> pl.DataFrame:
    return pl.DataFrame(
        {
            "source": ["repair_order"] * 4, "source_key": ["r1", "r2", "r3", "r4"],
            "vin": [RECALLED] * 3 + [ELSEWHERE], "outlet_id": ["AE01"] * 3 + ["SA01"],
            "finding": ["sound", "sound", "rolled_back", "sound"],
            "odometer_km": [9_000, 20_000, 2_000, 7_000],
            "highest_before_km": [None, 9_000, 20_000, None],
            "read_date": [date(2025, 2, 1), date(2026, 2, 1), date(2026, 3, 1), date(2026, 2, 1)],
        }
    )  # fmt: skip


def _order(key: str, outlet: str, **known: object) -> dict[str, object]:
    blank = dict.fromkeys(
        ("vin", "retail_order_id", "wanted_date", "dispatched_date", "eta_date", "received_date",
         "promised_date", "last_promised_date", "slip_days")
    )  # fmt: skip
    head = {"vehicle_order_id": key, "outlet_id": outlet, "series": "DELTA", "variant": "DELTA-1",
            "order_type": "stock", "ordered_date": date(2026, 4, 1), "is_open": True}  # fmt: skip
    return {**head, **blank, **known}


def _orders() -> pl.DataFrame:
    """One received long ago, one past its promise, one that waits, one of Riyadh."""
    return pl.DataFrame(
        [
            _order("VO1", "AE01", vin=RECALLED, ordered_date=date(2023, 12, 1), is_open=False, slip_days=0,
                   dispatched_date=date(2024, 1, 10), received_date=date(2024, 2, 1)),
            _order("VO2", "AE01", promised_date=date(2026, 6, 10), last_promised_date=date(2026, 7, 1),
                   eta_date=date(2026, 6, 29), slip_days=7),
            _order("VO3", "AE01", slip_days=None),
            _order("VO4", "SA01", order_type="customer", slip_days=None),
        ],
        infer_schema_length=None,
        schema_overrides={"retail_order_id": pl.String, "wanted_date": pl.Date, "eta_date": pl.Date},
    )  # fmt: skip


def _order_stages() -> pl.DataFrame:
    """VO2 is on board since 20 days, ten are usual and fifteen long; nothing says what is usual in Riyadh."""

    def stage(key: str, outlet: str, name: str, number: int, day: date, days: int | None,
              *, left: date | None = None, usual: float | None = 10.0, long: bool | None = False,
              kind: str = "stock") -> dict[str, object]:  # fmt: skip
        market = outlet[:2]
        return {
            "vehicle_order_id": key, "outlet_id": outlet, "market": market,
            "region_path": f"MEA/GULF/{market}", "series": "DELTA", "order_type": kind, "stage": name,
            "stage_no": number, "entered_date": day, "left_date": left, "is_current": left is None,
            "stage_days": days, "usual_days": usual, "long_days": usual and usual * 1.5,
            "usual_orders": usual and 12, "is_long": long,
        }  # fmt: skip

    may = date(2026, 5, 28)
    return pl.DataFrame(
        [
            stage("VO1", "AE01", "delivered", 11, date(2024, 3, 2), None, usual=None, long=None),
            stage("VO2", "AE01", "ordered", 1, date(2026, 4, 1), 57, left=may, usual=4.0, long=True),
            stage("VO2", "AE01", "shipped", 7, may, 20, long=True),
            stage("VO3", "AE01", "ordered", 1, date(2026, 6, 14), 3, usual=4.0),
            stage("VO4", "SA01", "built", 5, date(2026, 6, 1), 16, usual=None, long=None, kind="customer"),
        ],
        infer_schema_length=None,
    )


def _events() -> pl.DataFrame:
    return pl.DataFrame(
        {
            "document": ["repair_order", "repair_order"], "document_key": ["JO-1", "JO-9"],
            "vin": [RECALLED, ELSEWHERE], "outlet_id": ["AE01", "SA01"], "detail": ["oil_change", "brakes"],
            "state": ["closed", "closed"], "odometer_km": [20_000, 7_000],
            "happened_date": [date(2026, 2, 1), date(2026, 2, 1)],
        }
    )  # fmt: skip


def _history() -> pl.DataFrame:
    return pl.DataFrame(
        {
            "outlet_id": ["AE01", "AE01"], "valid_from_date": [date(2019, 1, 1), date(2024, 1, 1)],
            "legal_entity_id": ["OLDDUNE", "DUNEMOTORS"], "name": ["Dune"] * 2, "outlet_kind": ["dealer"] * 2,
            "market": ["AE"] * 2, "region_path": ["MEA/GULF/AE"] * 2, "region": ["MEA"] * 2,
            "state": ["operating"] * 2, "successor_outlet_id": [None, None],
            "valid_to_date": [date(2024, 1, 1), None], "is_current": [False, True],
        },
        schema_overrides={"successor_outlet_id": pl.String},
    )  # fmt: skip


def _roles() -> pl.DataFrame:
    return pl.DataFrame(
        {
            "outlet_id": ["AE01"] * 2, "role": ["service", "sales"],
            "valid_from_date": [date(2024, 1, 1)] * 2,
            "legal_entity_id": ["DUNEMOTORS"] * 2, "valid_to_date": [None, None], "is_current": [True, True],
        },
        schema_overrides={"valid_to_date": pl.Date},
    )  # fmt: skip


def _recording() -> pl.DataFrame:
    return pl.DataFrame(
        {
            "outlet_id": ["AE01", "AE01"], "written_by": ["ali", "sara"], "document": ["lead",
            "repair_order"],
            "happened_month": [date(2026, 5, 1)] * 2, "documents": [10, 20], "imported_documents": [0, 0],
            "timely_documents": [5, 20], "filled_fields": [10, 60], "wanted_fields": [20, 60],
            "corrected_documents": [2, 0], "doubted_documents": [2, 1], "accurate_documents": [6, 19],
            "timely_share": [0.5, 1.0], "filled_share": [0.5, 1.0], "accurate_share": [0.6, 0.95],
        }
    )  # fmt: skip
