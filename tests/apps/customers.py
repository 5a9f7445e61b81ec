"""Published tables about four customer records, for the pages about persons."""

from __future__ import annotations

from datetime import UTC, date, datetime

import polars as pl


def tables(as_of: date) -> dict[str, pl.DataFrame]:
    """Amina at two outlets, merged; Badr, who may be the Bader of the other outlet."""
    records = pl.DataFrame(
        [
            ("C1", "AE01", "G1", "Amina", "Said"),
            ("C2", "AE02", "G1", "Amina", "Said"),
            ("C3", "AE01", "G3", "Badr", "Aziz"),
            ("C4", "AE02", "G4", "Bader", "Aziz"),
        ],
        schema=["customer_id", "outlet_id", "golden_id", "given_name", "family_name"],
        orient="row",
    ).with_columns(known_as_id="customer_id", customer_type=pl.lit("person"))
    since = {"valid_from_date": date(2026, 1, 1), "valid_to_date": None, "is_current": True}
    pairs = [
        {
            "record_l": "C3",
            "record_r": "C4",
            "golden_l": "G3",
            "golden_r": "G4",
            "customer_type": "person",
            "probability": 0.6,
            "weight": 0.6,
            "household": -3.0,
            "band": "review",
            "is_merged": False,
            "certainty": 0.1,
        }
    ]
    told = [("C3", "C4", "given", "similar", -1.5), ("C3", "C4", "family", "same", 6.1)]
    counts = {
        "own_records": 1,
        "records": 2,
        "outlets": 2,
        "household_members": 0,
        "pairs_to_review": 0,
        "leads": 1,
        "cars_bought": 1,
        "workshop_visits": 2,
    }
    nobody = {"phone": None, "email": None, "city": None, "language": "ar", "company_name": None}
    events = [
        ("AE01", "G1", "C1", date(2026, 3, 2), "repair_order", "RO-7", "VIN1", "AED", 45_000, 9_000),
        ("AE02", "G1", "C2", date(2025, 3, 2), "retail_delivery", "RD-1", "VIN1", "AED", 9_000_000, None),
    ]
    worth = {
        "golden_id": "G1",
        "market": "AE",
        "currency": "AED",
        "spend_minor": 9_045_000,
        "margin_minor": None,
        "points": 12,
        "recency_points": 5,
        "frequency_points": 3,
        "money_points": 4,
        "years_known": 1,
        "years_served": 1,
        "grade": "AA",
        "rule_evidence": "points: 12",
        "grade_from": "rule",
        "grade_document_key": "GR-AA",
        "grade_reason": None,
    }
    churn = dict.fromkeys(
        ("records", "golden_records", "kept", "moved", "new", "gone", "made", "retired", "pairs_to_review"), 4
    ) | {"moved": 1}
    return {
        "dim_customer": records.drop("golden_id", "known_as_id").with_columns(source=pl.lit("desk")),
        "map_customer_source": records.select(
            "customer_id", "golden_id", "outlet_id", "customer_type"
        ).with_columns(pl.lit(v, pl.Date if v is None else None).alias(k) for k, v in since.items()),
        "bridge_customer_record": records.select("outlet_id", "golden_id", "customer_id", "known_as_id"),
        "mart_identity_pair": pl.DataFrame(pairs),
        "mart_identity_evidence": pl.DataFrame(
            told, schema=["record_l", "record_r", "field", "finding", "bits"], orient="row"
        ),
        "mart_identity_churn": pl.DataFrame(
            [{"as_of_date": as_of, **churn, "merged_from": 0.9, "asked_from": 0.05}]
        ),
        "mart_customer_survivor": pl.DataFrame(
            [("G1", "family_name", "Said", "desk", "C1", datetime(2026, 1, 1, tzinfo=UTC))],
            schema=["golden_id", "field", "value", "source", "customer_id", "known_at"],
            orient="row",
        ),
        "mart_customer_360": records.drop("customer_id").with_columns(
            *(pl.lit(v).alias(k) for k, v in {**nobody, **counts}.items()),
            country=pl.lit("AE"),
            last_event_date=pl.lit(date(2026, 3, 2)),
            is_blacklisted=pl.lit(False),
            has_refused_contact=pl.lit(False),
            grade=pl.lit("AA"),
            lifecycle_stage=pl.lit("active"),
            lapse_risk=pl.lit(0.2),
        ),
        "mart_customer_value": pl.DataFrame(
            [worth], schema_overrides={"margin_minor": pl.Int64, "grade_reason": pl.String}
        ),
        "mart_customer_permission": pl.DataFrame(
            [
                ("AE01", "G1", "C1", "consent", "marketing", "email", "withdrawn"),
                ("AE01", "G1", "C1", "contact_refusal", "all", "phone", "refused"),
            ],
            schema=["outlet_id", "golden_id", "known_as_id", "kind", "purpose", "channel", "standing"],
            orient="row",
        ).with_columns(said_of_customer_id=pl.lit("C2")),
        "fct_customer_event": pl.DataFrame(
            events,
            schema=[
                "outlet_id",
                "golden_id",
                "customer_id",
                "event_date",
                "event_kind",
                "document_key",
                "vin",
                "currency",
                "spend_minor",
                "margin_minor",
            ],
            orient="row",
        ).with_columns(known_as_id="customer_id"),
        "mart_lead_score": pl.DataFrame(
            [("L1", "AE01", "C1", "BOREAL", "level: H (+1.2)", 60, 0.42)],
            schema=[
                "lead_id",
                "outlet_id",
                "customer_id",
                "series",
                "reason_1",
                "horizon_days",
                "probability",
            ],
            orient="row",
        ),
        "mart_service_return": pl.DataFrame(
            schema={
                "vin": pl.String,
                "outlet_id": pl.String,
                "customer_id": pl.String,
                "probability": pl.Float64,
            }
        ),
        "bridge_household": pl.DataFrame(
            schema={"golden_l": pl.String, "golden_r": pl.String, "bits": pl.Float64}
        ),
    }
