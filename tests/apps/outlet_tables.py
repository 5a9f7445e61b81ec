"""A small network of six outlets: what they sold, hold, repaired and claimed, as published tables."""

from __future__ import annotations

import math
from collections.abc import Iterator
from datetime import date, timedelta
from typing import Any

import polars as pl

from tests.apps import customers, parts_target_tables, planning_tables, replenishment_tables, vehicle_tables
from tests.apps.money_tables import money_tables

AS_OF = date(2026, 6, 17)
OUTLETS = [
    ("AE01", "Dune Motors Dubai", "AE", "MEA/GULF/AE", "AED", 1.2),
    ("AE02", "Dune Motors Sharjah", "AE", "MEA/GULF/AE", "AED", 0.8),
    ("AE03", "Palm Auto Abu Dhabi", "AE", "MEA/GULF/AE", "AED", 1.0),
    ("SA01", "Najd Cars Riyadh", "SA", "MEA/GULF/SA", "SAR", 1.6),
    ("SA02", "Red Sea Cars Jeddah", "SA", "MEA/GULF/SA", "SAR", 0.6),
    ("BR01", "Paulista Autos", "BR", "AMER/SOUTH/BR", "BRL", 1.1),
]
SERIES = [("BOREAL", 10.0, 9_000_000), ("CIRRUS", 16.0, 6_500_000), ("DELTA", 6.0, 12_000_000)]
AXES = ("customer", "sales", "service_and_parts", "staff", "funds")


def month(back: int) -> date:
    """First day of the month `back` months before the as-of month; negative is ahead."""
    index = AS_OF.year * 12 + AS_OF.month - 1 - back
    return date(index // 12, index % 12 + 1, 1)


def units(size: float, base: float, when: date, shift: int = 0) -> int:
    """Sales of a cell: a season with its top in December, and a slow growth."""
    season = 1 + 0.25 * math.cos((when.month - 12) / 12 * 2 * math.pi)
    growth = 1 + 0.01 * ((when.year - 2024) * 12 + when.month)
    return max(round(base * size * season * growth / 2 + (when.month * 7 + shift) % 3 - 1), 0)


def cells() -> Iterator[dict[str, Any]]:
    for number, (outlet, _, market, region, _, size) in enumerate(OUTLETS):
        for series, base, _ in SERIES:
            place = {"outlet_id": outlet, "market": market, "region_path": region, "series": series}
            yield {"place": place, "size": size, "base": base, "shift": number}


def vehicle_sales() -> pl.DataFrame:
    return pl.DataFrame(
        {**c["place"], "sales_month": month(b), "units": units(c["size"], c["base"], month(b), c["shift"])}
        for c in cells()
        for b in range(30, 0, -1)
    )


def vehicle_mix() -> pl.DataFrame:
    """Three of four were the base, the rest the top of another model; nobody in Brazil bought any."""
    return pl.DataFrame(
        {
            **c["place"],
            "model": f"{c['place']['series']} {model}",
            "variant": f"{c['place']['series']}-{variant}",
            "units": sold,
            "is_on_sale": True,
        }
        for c in cells()
        if c["place"]["market"] != "BR"
        for model, variant, sold in (("Five", "BASE", 9), ("Seven", "TOP", 3))
    )


def forecast() -> pl.DataFrame:
    rows = []
    for c in cells():
        for ahead in range(7):
            mean = c["base"] * c["size"] / 2 * (1.2 + 0.02 * ahead)
            for step, scale in (
                ("baseline", 1.0),
                ("final", 1.1 if c["place"]["outlet_id"] == "SA01" else 1.0),
            ):
                rows.append(
                    {
                        "subject": "vehicle",
                        **c["place"],
                        "item": c["place"]["series"],
                        "part_id": None,
                        "forecast_month": month(-ahead),
                        "step": step,
                        "as_of_date": AS_OF,
                        "horizon": ahead + 1,
                        "mean": mean * scale,
                        "q10": mean * scale * 0.75,
                        "q50": mean * scale,
                        "q90": mean * scale * 1.3,
                        "method": "boosted",
                        "overrides": int(scale != 1.0),
                    }
                )
    return pl.DataFrame(rows, schema_overrides={"part_id": pl.String})


def region_names() -> pl.DataFrame:
    named = {"MEA": "Middle East and Africa", "MEA/GULF": "Gulf", "AMER": "Americas", "AMER/SOUTH": "South"}
    markets = {path: path.rsplit("/", 1)[-1] for _, _, _, path, _, _ in OUTLETS}
    return pl.DataFrame(
        {"region_path": path, "code": path.rsplit("/", 1)[-1], "name": name, "depth": path.count("/") + 1}
        for path, name in {**named, **markets}.items()
    )


def staff() -> pl.DataFrame:
    return pl.DataFrame(
        {"staff_id": ["S1", "S2"], "outlet_id": ["AE01", "SA01"], "given_name": ["Mina", "Saad"],
         "family_name": ["Noor", "Ali"]}
    )  # fmt: skip


def value_added() -> pl.DataFrame:
    """S1 sold a policy beside half of twenty cars, S2 beside eight of ten; both the same accessory."""
    rows = [
        ("AE01", "AE", "AED", "S1", "insurance", 20, 10),
        ("AE01", "AE", "AED", "S1", "accessory", 20, 4),
        ("SA01", "SA", "SAR", "S2", "insurance", 10, 8),
        ("SA01", "SA", "SAR", "S2", "accessory", 10, 4),
    ]
    return pl.DataFrame(
        {
            "outlet_id": outlet, "market": market, "region_path": f"MEA/GULF/{market}", "staff_id": who,
            "sale_kind": kind, "sales_month": month(1), "delivered_cars": cars, "attached_cars": attached,
            "sales": attached, "cancelled_sales": 0, "foreign_sales": 0, "amount_minor": attached * 100_000,
            "earned_minor": attached * 10_000, "currency": currency,
        }
        for outlet, market, currency, who, kind, cars, attached in rows
    )  # fmt: skip


def sales_contacts() -> pl.DataFrame:
    """S1 of AE01 made 12 of 20 contacts on their day, S2 of SA01 all ten; one of ten led to an order."""
    rows = [("AE01", "AE", "S1", "reached", 20, 12, 4), ("SA01", "SA", "S2", "appointment", 10, 10, 0)]
    return pl.DataFrame(
        {
            "outlet_id": outlet, "market": market, "region_path": f"MEA/GULF/{market}", "staff_id": who,
            "due_week": date(2026, 6, 1), "rule_code": "PERIODIC", "result": result, "contacts": due,
            "due_contacts": due, "done_contacts": due, "punctual_contacts": punctual, "late_contacts": late,
            "overdue_contacts": due - punctual - late, "skipped_contacts": 0, "escalated_contacts": 0,
            "judged_contacts": 10, "driven_contacts": 3, "quoted_contacts": 2, "ordered_contacts": 1,
        }
        for outlet, market, who, result, due, punctual, late in rows
    )  # fmt: skip


def key_account_filings() -> pl.DataFrame:
    """AE01: one that ends in nine days, of two series, and one that waits; SA01: one that was lost."""
    rows = [
        ("K1", "AE01", "AE", "expiring", "BOREAL", 3, 1, 2, date(2026, 6, 26), 4),
        ("K1", "AE01", "AE", "expiring", "DELTA", 2, 2, 0, date(2026, 6, 26), 4),
        ("K2", "AE01", "AE", "submitted", "CIRRUS", 5, 0, 0, None, 12),
        ("K3", "SA01", "SA", "lost", "CIRRUS", 8, 0, 0, date(2026, 5, 1), 6),
    ]
    return pl.DataFrame(
        {
            "key_account_filing_id": key, "outlet_id": outlet, "market": market,
            "region_path": f"MEA/GULF/{market}", "customer_id": "C1", "project": "Fleet renewal",
            "account_grade": "A", "state": "confirmed", "standing": standing, "discount_percent": 4.0,
            "reason": None, "filed_date": date(2026, 1, 5), "answered_date": None, "decision_date": None,
            "valid_to_date": last, "days_waited": waited, "series": series, "filed_units": filed,
            "delivered_units": delivered, "open_units": left, "last_delivered_date": None,
        }
        for key, outlet, market, standing, series, filed, delivered, left, last, waited in rows
    )  # fmt: skip


def attainment() -> pl.DataFrame:
    rows = []
    for c in cells():
        for back in range(18, -4, -1):
            when = month(back)
            begun, running = back >= 0, back == 0
            retail = units(c["size"], c["base"], when, c["shift"])
            target = round(c["base"] * c["size"] / 2 * (1.5 if c["place"]["outlet_id"] == "AE02" else 1.15))
            share = 12 / 22 if running else 1.0 if begun else 0.0
            rows.append(
                {
                    **c["place"],
                    "sales_month": when,
                    "retail_target": target,
                    "retail_units": round(retail * share) if begun else None,
                    "key_account_units": (1 if retail else 0) if begun else None,
                    "wholesale_target": target,
                    "wholesale_units": round(retail * share) if begun else None,
                    "forecast_units": c["base"] * c["size"] / 2 * 1.2 if back <= 6 else None,
                    "forecast_vintage_date": AS_OF
                    if back <= 0
                    else when - timedelta(days=1)
                    if back <= 6
                    else None,
                    "forecast_kind": "current" if back <= 0 else "backcast" if back <= 6 else None,
                    "working_days": 22,
                    "working_days_elapsed": round(22 * share),
                    "retail_target_to_date": target * share,
                    "wholesale_target_to_date": target * share,
                    "is_complete_month": back > 0,
                }
            )
    return pl.DataFrame(rows, infer_schema_length=None)


def scorecard() -> pl.DataFrame:
    rows = []
    for number, (outlet, _, market, region, _, size) in enumerate(OUTLETS):
        for back in range(13, 0, -1):
            for place, axis in enumerate(AXES):
                counted = axis != "funds" and not (outlet == "SA02" and axis == "staff")
                score = 40 + 30 * size - 4 * place + (13 - back) * (1 if number % 2 else -1)
                rows.append(
                    {
                        "outlet_id": outlet,
                        "score_month": month(back),
                        "axis": axis,
                        "market": market,
                        "region_path": region,
                        "version": "2015.1",
                        "score": min(score, 100.0) if counted else None,
                        "rank_in_region": number + 1 if counted else None,
                        "ranked_in_region": 5,
                        "score_change": (1.0 if number % 2 else -1.0) if counted and back < 13 else None,
                        "kpis_counted": 2 if counted else 0,
                        "kpis": 3,
                        "n": 40 + number if counted else 0,
                    }
                )
    return pl.DataFrame(rows, infer_schema_length=None)


def stock() -> tuple[pl.DataFrame, pl.DataFrame]:
    structure, cover = [], []
    buckets = ("0-30", "31-60", "61-90", "91-120", "121-180", "181-365", ">365")
    for c in cells():
        price = next(p for s, _, p in SERIES if s == c["place"]["series"])
        currency = next(o[4] for o in OUTLETS if o[0] == c["place"]["outlet_id"])
        for back in (0, 1, 12):
            when = AS_OF if back == 0 else month(back - 1) - timedelta(days=1)
            counts = [
                max(round(c["base"] * c["size"] / (2 + i)) - c["shift"] % 2, 0) for i in range(len(buckets))
            ]
            key = {"outlet_id": c["place"]["outlet_id"], "series": c["place"]["series"], "stock_date": when}
            key |= {"variant": f"{c['place']['series']}-A", "is_as_of": back == 0}
            for place, (bucket, count) in enumerate(zip(buckets, counts, strict=True)):
                aged = count if place >= 3 else 0
                money = {"value_minor": count * price, "currency": currency, "unpriced_units": 0}
                structure.append({**key, "age_bucket": bucket, "units": count, "aged_units": aged, **money})
            sold = round(c["base"] * c["size"] * 1.5)
            cover.append({**key, "stock_units": sum(counts), "sold_90d_units": sold})
    return pl.DataFrame(structure), pl.DataFrame(cover)


def funnel() -> pl.DataFrame:
    rows = []
    for _, (outlet, *_, size) in enumerate(OUTLETS):
        for source, share in (("web", 1.0), ("showroom", 0.7), ("referral", 0.3)):
            for back in range(13, -1, -1):
                leads = round(60 * size * share) + back % 4
                rows.append(
                    {
                        "outlet_id": outlet,
                        "source": source,
                        "cohort_month": month(back),
                        "visits": leads // 2,
                        "first_visits": leads // 3,
                        "cards": leads // 3,
                        "leads": leads,
                        "valid_leads": leads * 9 // 10,
                        "contacted_leads": leads * 8 // 10,
                        "contacted_in_24h_leads": leads * 6 // 10,
                        "test_drives": leads * 3 // 10,
                        "orders": leads * 15 // 100,
                        "deliveries": leads // 10,
                        "lost_leads": leads * 4 // 10,
                        "response_p50_minutes": 90.0,
                        "response_p90_minutes": 900.0,
                        "is_mature": back > 3,
                    }
                )
    return pl.DataFrame(rows)


def service() -> pl.DataFrame:
    return pl.DataFrame(
        {
            "outlet_id": outlet,
            "service_date": month(back),
            "currency": currency,
            "opened_orders": 100,
            "done_orders": 95,
            "appointments": 60,
            "no_shows": 4,
            "promised_orders": 90,
            "promise_kept_orders": 80,
            "judged_orders": 90,
            "right_first_time_orders": 84,
            "attended_hours": 800.0,
            "worked_hours": 700.0,
            "sold_hours": 720.0,
            "sold_clocked_hours": 715.0,
            "labour_minor": 5_000_000,
            "parts_minor": 7_000_000,
        }
        for outlet, _, _, _, currency, _ in OUTLETS
        for back in range(13, -1, -1)
    )


def fill_rate() -> pl.DataFrame:
    return pl.DataFrame(
        {
            "outlet_id": outlet,
            "channel": channel,
            "demand_month": month(back),
            "requested_lines": 50,
            "answered_lines": 48,
            "filled_lines": 40 + back % 3,
            "requested_units": 120,
            "answered_units": 110,
            "filled_units": 95 + back % 3,
            "backordered_units": 10,
            "lost_units": 5,
        }
        for outlet, *_ in OUTLETS
        for channel in ("workshop", "counter")
        for back in range(13, -1, -1)
    )


def claims() -> pl.DataFrame:
    return pl.DataFrame(
        {
            "warranty_claim_id": f"C{number}",
            "outlet_id": OUTLETS[number % 6][0],
            "series": SERIES[number % 3][0],
            "state": "settled",
            "decision": ("approved", "part_approved", "rejected")[number % 3],
            "currency": OUTLETS[number % 6][4],
            "asked_minor": 40_000,
            "approved_minor": (40_000, 20_000, 0)[number % 3],
            "submitted_date": month(number % 12 + 1),
            "submitted_month": month(number % 12 + 1),
            "reason": None if number % 3 == 0 else "late",
            "submission_lag_days": 4,
            "is_decided": True,
            "is_first_pass": number % 3 == 0,
        }
        for number in range(72)
    )


def capture() -> pl.DataFrame:
    return pl.DataFrame(
        {
            "outlet_id": outlet,
            "document": document,
            "happened_month": month(back),
            "documents": 100,
            "timely_documents": 80 + place,
            "filled_fields": 250,
            "wanted_fields": 300,
            "timely_share": (80 + place) / 100,
            "filled_share": 250 / 300,
        }
        for outlet, *_ in OUTLETS
        for place, document in enumerate(("lead", "repair_order", "traffic_visit"))
        for back in range(6, -1, -1)
    )


def registrations() -> pl.DataFrame:
    """Ours is 10 of 100 in Arabia, and was 12. Brazil stands still."""
    rows = []
    for market in ("AE", "SA", "BR"):
        for back in range(26, 0, -1):
            ours = 10 if market == "BR" or back <= 12 else 12
            for brand, units in (("BOREAL", ours), ("RIVAL", 100 - ours)):
                own = brand == "BOREAL"
                rows.append(
                    {
                        "market": market,
                        "segment": "all",
                        "registration_month": month(back),
                        "brand": brand,
                        "is_own_brand": own,
                        "units": units,
                        "market_units": 100,
                        "share": units / 100,
                        "rank_in_market": 2 if own else 1,
                    }
                )
    return pl.DataFrame(rows)


def exchange_rates() -> pl.DataFrame:
    """The dollar buys 4 of either; nobody quoted the real."""
    pair = {"to_currency": "USD", "is_to_group_currency": True, "valid_from_date": AS_OF, "rate": 0.25}
    rows = [{"from_currency": currency, **pair} for currency in ("AED", "SAR")]
    return pl.DataFrame(rows).with_columns(valid_to_date=pl.lit(None, pl.Date))


def small_tables() -> dict[str, pl.DataFrame]:
    """Every published table, by name."""
    structure, cover = stock()
    names = ("outlet_id", "name", "market", "region_path", "currency")
    outlets = pl.DataFrame([dict(zip(names, o[:5], strict=True)) for o in OUTLETS]).with_columns(
        city=pl.col("name").str.split(" ").list.last(),
        region=pl.col("region_path").str.split("/").list.first(),
        outlet_kind=pl.lit("dealer"),
        legal_entity=pl.col("name"),
        timezone=pl.lit("UTC"),
        language=pl.lit("en"),
        state=pl.lit("operating"),
        is_warehouse=pl.lit(False),
        opened_date=pl.lit(date(2019, 1, 1)),
    )
    products = pl.DataFrame(
        [
            {
                "product_id": f"{s}-1",
                "brand": "Astra",
                "series": s,
                "model": f"{s} Five",
                "variant": f"{s}-BASE",
                "currency": "USD",
                "list_price_minor": p,
                "state": "on_sale",
            }
            for s, _, p in SERIES
        ]
    )
    return {
        "dim_outlet": outlets,
        "dim_product": products,
        "dim_region": region_names(),
        "dim_staff": staff(),
        "mart_value_added_sale": value_added(),
        "mart_sales_contact": sales_contacts(),
        "mart_key_account_filing": key_account_filings(),
        "mart_vehicle_sales_month": vehicle_sales(),
        "mart_vehicle_mix": vehicle_mix(),
        "mart_forecast": forecast(),
        "mart_sales_attainment": attainment(),
        "mart_dealer_scorecard": scorecard(),
        "mart_stock_structure": structure,
        "mart_stock_cover": cover,
        "mart_lead_funnel": funnel(),
        "mart_service_kpi": service(),
        "mart_fill_rate": fill_rate(),
        "mart_claim": claims(),
        "mart_capture_quality": capture(),
        "mart_market_share": registrations(),
        "dim_exchange_rate": exchange_rates(),
        "mart_parts_attainment": parts_target_tables.rows(OUTLETS, month, AS_OF),
        **planning_tables.tables(cells, month),
        **replenishment_tables.tables(),
        **money_tables(),
        **vehicle_tables.tables(),
        **customers.tables(AS_OF),
    }
