"""Files of other systems for the demo's inbox: hours, kilometres, trouble codes, bills, accounts, web leads.

In: the outlets and what the history left. Out: rows by feed, right ones; `inbox.py` makes some of them wrong.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import timedelta

import numpy as np
import polars as pl

from pipelines.demo.brand import MARKETS, SERIES
from pipelines.demo.clock import Clock
from pipelines.demo.network import Outlet

ATTENDED_DAYS, READ_DAYS, ACCOUNT_MONTHS = 92, 75, 12
_CARS_THAT_REPORT = 4  # one in so many
_FAULTS = (("P0420", "workshop"), ("P0300", "stop"), ("U0100", "information"), ("B1318", "workshop"))
_LINES = (  # department, line, thousand dollars a month
    ("new_cars", "revenue", 420), ("new_cars", "cost_of_sales", 386), ("service", "revenue", 58),
    ("service", "cost_of_sales", 23), ("parts", "revenue", 64), ("parts", "cost_of_sales", 45),
    ("overhead", "expense", 71),
)  # fmt: skip
Row = dict[str, object]


def attendance(rng: np.random.Generator, outlets: list[Outlet], clock: Clock) -> list[Row]:
    """Hours of technicians on open days: mostly seven and a half to eight and a half, some absent."""
    rows: list[Row] = []
    for outlet in (o for o in outlets if o.serves):
        for day in _open_days(clock, outlet.market):
            date = (clock.start + timedelta(days=day)).isoformat()
            for staff in outlet.staff["technician"]:
                hours = 0.0 if rng.random() < 0.07 else round(float(rng.normal(7.9, 0.45)), 2)
                rows.append(
                    {"staff_id": staff, "attendance_date": date, "attended_hours": max(0.0, min(hours, 12.0))}
                )
    return rows


def _open_days(clock: Clock, market: int) -> Iterator[int]:
    for days in clock.working_days[market]:
        yield from (d for d in days.tolist() if clock.cut_day - ATTENDED_DAYS <= d < clock.cut_day)


def odometers(rng: np.random.Generator, clock: Clock, repairs: pl.DataFrame) -> list[Row]:
    """Two readings of cars that were in a workshop: since then they went on."""
    rows: list[Row] = []
    for vin, _, km in _reporting(repairs).iter_rows():
        pace, read = float(rng.gamma(5.0, 9.0)), clock.cut - timedelta(days=READ_DAYS)
        for days in (30, READ_DAYS - 1):
            at = read + timedelta(days=days, minutes=int(rng.integers(0, 600)))
            rows.append({"vin": vin, "read_at": at.isoformat(), "odometer_km": int(km + pace * (90 + days))})
    return rows


def faults(rng: np.random.Generator, clock: Clock, repairs: pl.DataFrame) -> list[Row]:
    """A trouble code of one in five of these cars, sometimes seen again."""
    rows: list[Row] = []
    for vin, _, km in _reporting(repairs).iter_rows():
        if rng.random() < 0.2:
            code, severity = _FAULTS[int(rng.choice(len(_FAULTS), p=[0.45, 0.1, 0.25, 0.2]))]
            for _ in range(1 + int(rng.integers(3))):
                at = clock.cut - timedelta(minutes=int(rng.integers(60, 30 * 24 * 60)))
                rows.append({"vin": vin, "fault_code": code, "seen_at": at.isoformat(), "severity": severity,
                             "odometer_km": km + 3000})  # fmt: skip
    return rows


def _reporting(repairs: pl.DataFrame) -> pl.DataFrame:
    """vin, outlet_id, odometer_km at the last visit of every fourth car."""
    last = repairs.sort("opened_at", "key").unique("vin", keep="last", maintain_order=True)
    return last.select("vin", "outlet_id", "odometer_km").sort("vin").gather_every(_CARS_THAT_REPORT)


def invoices(rng: np.random.Generator, clock: Clock, orders: pl.DataFrame) -> list[Row]:
    """A bill for every order settled in the last months; most are paid, some are owed or overdue."""
    billed = orders.filter(
        (pl.col("ended") == "debit") & (pl.col("ended_at") >= clock.cut - timedelta(days=100))
    ).sort("ended_at", "key")
    rows: list[Row] = []
    for order in billed.iter_rows(named=True):
        day = order["ended_at"].date()
        due = day + timedelta(days=30)
        is_owed = rng.random() < (0.75 if due >= clock.until else 0.12)
        rows.append({
            "invoice_no": f"IN-{order['key']}", "outlet": order["outlet_id"], "invoice_kind": "invoice",
            "purpose": "vehicle" if order["earmark"] == "vehicle" else "part", "reference": order["key"],
            "invoice_date": day.isoformat(), "due_date": due.isoformat(), "amount_minor": order["amount"],
            "open_minor": order["amount"] if is_owed else 0, "currency": order["currency"],
        })  # fmt: skip
    return rows


def statements(rng: np.random.Generator, outlets: list[Outlet], clock: Clock) -> list[Row]:
    """A year of monthly accounts, larger for larger outlets."""
    rows: list[Row] = []
    last = clock.until.year * 12 + clock.until.month - 1
    for outlet in outlets:
        market = MARKETS[outlet.market]
        for month in range(last - ACCOUNT_MONTHS, last):
            for department, line, thousands in _LINES:
                if not (
                    outlet.sells if department == "new_cars" else outlet.serves or department == "overhead"
                ):
                    continue
                usd = 1000 * thousands * outlet.weight ** (0.4 if line == "expense" else 1.0)
                amount = int(usd * market.usd_rate * rng.normal(1.0, 0.08)) * 10**market.minor_digits
                first_day = f"{month // 12}-{month % 12 + 1:02d}-01"
                head = {"outlet": outlet.code, "statement_month": first_day, "department": department}
                rows.append(head | {"line": line, "amount_minor": amount, "currency": market.currency})
    return rows


def web_leads(rng: np.random.Generator, outlets: list[Outlet], clock: Clock) -> list[Row]:
    """Prospects of a portal, of the last night."""
    selling = [o for o in outlets if o.sells]
    rows: list[Row] = []
    for n in range(30):
        outlet = selling[int(rng.integers(len(selling)))]
        at = clock.cut - timedelta(minutes=int(rng.integers(5, 600)))
        rows.append({
            "lead_id": f"WL-{clock.until:%y%m%d}-{n:03d}", "outlet_id": outlet.code, "source": "website",
            "campaign": "carfinder", "series": SERIES[int(rng.integers(2))].code,
            "contact_name": f"Web Prospect {n}", "contact_phone": f"+{MARKETS[outlet.market].dial}0{n:07d}",
            "contact_email": f"prospect.{n}@example.org", "arrived_at": at.isoformat(),
        })  # fmt: skip
    return rows


MISTAKES: Mapping[str, dict[str, list[str]]] = {
    "hr_attendance": {"attended_hours": ["25", "eight", ""], "staff_id": [""]},
    "telematics_odometer": {"odometer_km": ["-5", "12.5"], "vin": ["FZ0000000000000OO"]},
    "telematics_fault": {"severity": ["urgent"], "seen_at": ["last week"]},
    "erp_invoice": {"due_date": ["2020-01-01"], "outlet": ["AE D01"], "open_minor": ["-1"]},
    "dealer_financial_statement": {"department": ["canteen"], "amount_minor": ["1,200"]},
    "web_lead": {"outlet_id": [""], "arrived_at": ["yesterday"], "contact_name": [""]},
}
