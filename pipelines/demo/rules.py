"""The rules of the house as documents: who approves what, whom to call when, how claims are judged, who may
give away how much. Drafted by one, activated by another, in force since the ledger began.
"""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import Any

import polars as pl

from pipelines.demo.brand import MARKETS, Market
from pipelines.demo.care import TASKS_DAYS
from pipelines.demo.catalogue import FINANCE, PLANNER
from pipelines.demo.clock import Clock
from pipelines.demo.events import Books
from pipelines.demo.money import FUNDS_DAYS
from pipelines.demo.service import QUALITY

_APPROVED_ALONE_USD = 1_500  # a parts order below it needs nobody
_BIG_DISCOUNT_USD = 1_000
_BULLETINS = (
    ("BU-0001", "Funds: how orders are checked from now on", "everybody", 0, None,
     "Every outlet has its accounts: parts and cars, by kind of money. An order holds its amount when it is "
     "submitted; what is missing is told at once. Ask the maker's finance for a credit line in good time."),
    ("BU-0002", "Recall RC-01: brake booster hose", "service", 40, 14,
     "Check the hose, replace it when it is worn. Cars are listed one by one; the "
     "board shows them when they come. No car is handed over before it is done."),
    ("BU-0003", "Winter check: prices until the end of the quarter", "service", 100, None,
     "Twenty points at the price of the list. Book it with the next service; the parts are in stock."),
    ("BU-0004", "Contact tasks: call on the day they are due", "sales", 113, 7,
     "Your work list is made from rules. A task that is five days late is told to your manager. Write the "
     "result down: it makes the next task."),
)  # fmt: skip


def write_rules(books: Books, clock: Clock) -> None:
    since = (clock.cut - timedelta(days=FUNDS_DAYS)).date()
    at = clock.cut - timedelta(days=FUNDS_DAYS + 2)
    _put(books, "approval_rule", _approval_rules(since), at, FINANCE, PLANNER)
    _put(books, "contact_rule", _contact_rules(clock.until), at, PLANNER, QUALITY)
    _put(books, "warranty_rule", _warranty_rules(since), at, QUALITY, FINANCE)
    _put(books, "three_guarantees_rule", _guarantee_rules(since), at, QUALITY, FINANCE)
    _put(books, "plan_signoff_rule", _signoff_rules(since), at, PLANNER, FINANCE)
    _put(books, "price_band", _price_bands(since), at, PLANNER, FINANCE)
    _write_bulletins(books, clock)


def _put(books: Books, name: str, rows: list[dict[str, Any]], at: datetime, author: str, second: str) -> None:
    frame = pl.DataFrame(rows, infer_schema_length=None)
    books[name].open(frame.with_columns(at=pl.lit(at), by=pl.lit(author)))
    active = frame.select("key", at=pl.lit(at + timedelta(hours=20)), by=pl.lit(second))
    books[name].move("activate", active, step=1)


def _approval_rules(since: date) -> list[dict[str, Any]]:
    def put(name: str, kind: str, mode: str, *grants: str, **more: Any) -> dict[str, Any]:
        steps = [{"step_no": n, "approver_grant": g} for n, g in enumerate(grants, start=1)]
        head = {"key": f"AR-{name}", "effective_from_date": since, "document_type": kind, "mode": mode}
        empty = {"market": None, "order_type": None, "amount_from_minor": None, "amount_to_minor": None,
                 "currency": None}  # fmt: skip
        return head | empty | {"steps": steps} | more

    rows = [
        put("VEHICLE", "vehicle_order", "serial", "regional_manager", "oem_planner"),
        put("CAMPAIGN", "campaign", "serial", "regional_manager", "oem_finance"),
        put("EXPENSE", "campaign_expense", "parallel", "regional_manager", "oem_finance"),
        put("TRANSFER", "fund_transfer", "any_of", "oem_finance"),
        put("REBATE", "rebate_payout", "serial", "oem_planner", "oem_finance"),
        put("FREIGHT", "freight_settlement", "any_of", "oem_finance"),
    ]
    for market in MARKETS:
        of = {"market": market.code, "currency": market.currency}
        alone, big = _minor(market, _APPROVED_ALONE_USD), _minor(market, _BIG_DISCOUNT_USD)
        rows += [
            put(f"PARTS-{market.code}-SMALL", "parts_order", "automatic", amount_to_minor=alone, **of),
            put(f"PARTS-{market.code}-URGENT", "parts_order", "any_of", "dealer_manager", "oem_planner",
                order_type="urgent", amount_from_minor=0, **of),
            put(f"PARTS-{market.code}-LARGE", "parts_order", "serial", "dealer_manager", "oem_planner",
                amount_from_minor=alone, **of),
            put(f"DISCOUNT-{market.code}-SMALL", "discount_request", "any_of", "dealer_manager",
                amount_to_minor=big, **of),
            put(f"DISCOUNT-{market.code}-LARGE", "discount_request", "serial", "dealer_manager",
                "regional_manager", amount_from_minor=big, **of),
        ]  # fmt: skip
    return rows


def is_big_discount(market: Market, amount_minor: int) -> bool:
    """Whether the region decides, too."""
    return amount_minor >= _minor(market, _BIG_DISCOUNT_USD)


def _minor(market: Market, usd: int) -> int:
    return int(usd * market.usd_rate) * int(10**market.minor_digits)


def _contact_rules(until: date) -> list[dict[str, Any]]:
    """Calls after a repair since two months, as the history shows them; the others begin with the demo's day,
    so that nobody is late with what nobody was asked for."""
    days = ("offset_days", "every_days", "within_days", "interval_days", "interval_km", "before_km")
    lately = until
    again = [{"result": "reached", "next_days": None}, {"result": "not_reached", "next_days": 2}]

    def put(code: str, first: date, channel: str, remind: int, **numbers: int) -> dict[str, Any]:
        head = {"key": f"CR-{code}", "rule_code": code, "effective_from_date": first, "channel": channel}
        told = {"remind_days": remind, "escalate_days": 5, "escalate_to": "dealer_manager", "outcomes": again}
        return head | {name: numbers.get(name) for name in days} | told

    return [
        put("POST_REPAIR", until - timedelta(days=TASKS_DAYS - 4), "phone", 1, offset_days=3),
        put("POST_SALE", lately, "phone", 1, offset_days=3),
        put("PERIODIC", lately, "phone", 0, every_days=5),
        put("FIRST_CONTACT", lately, "phone", 0, offset_days=1),
        put("FIRST_SERVICE", lately, "messenger", 7, interval_days=180, interval_km=10_000, before_km=500),
        put("PERIODIC_SERVICE", lately, "messenger", 7, interval_days=365, interval_km=15_000, before_km=500),
        put("WARRANTY_END", lately, "email", 7, interval_days=1_065),
        put("SERVICE_CAMPAIGN", lately, "phone", 0, offset_days=14),
        put("BIRTHDAY", lately, "messenger", 0),
    ]


def _warranty_rules(since: date) -> list[dict[str, Any]]:
    def put(kind: str, most: int, outcome: str, reason: str) -> dict[str, Any]:
        head = {"key": f"WR-{kind.upper().replace('_', '-')}", "effective_from_date": since}
        return head | {"check_kind": kind, "most": most, "outcome": outcome, "reason": reason}

    return [
        put("late_claim", 30, "return_to_dealer", "late"),
    ]


def _guarantee_rules(since: date) -> list[dict[str, Any]]:
    """Two years or 50,000 km everywhere; the first market's law gives the owner more, and sooner."""
    strict = MARKETS[0].code

    def put(measure: str, market: str | None, watch: int, reached: int, remedy: str) -> dict[str, Any]:
        name = "DAYS" if measure == "days_in_workshop" else "FAULT"
        head = {"key": f"TG-{name}-{market or 'ALL'}", "effective_from_date": since, "market": market}
        term = {"term_days": 730, "term_km": 50_000, "watch_from": watch, "reached_at": reached}
        return head | term | {"measure": measure, "complaint_code": None, "remedy": remedy}

    return [
        put("same_fault_repairs", None, 3, 4, "exchange of the car"),
        put("same_fault_repairs", strict, 2, 3, "exchange of the car, or its price back"),
        put("days_in_workshop", None, 20, 30, "exchange of the car"),
        put("days_in_workshop", strict, 15, 30, "exchange of the car, or its price back"),
    ]


def _price_bands(since: date) -> list[dict[str, Any]]:
    authorities = [
        {"position": "consultant", "most_percent": 2.0},
        {"position": "dealer_manager", "most_percent": 6.0},
    ]
    head = {"effective_from_date": since, "floor_percent": 12.0, "authorities": authorities}
    kinds = ("quotation", "retail_order")
    return [head | {"key": f"PB-{kind.upper().replace('_', '-')}", "document_type": kind} for kind in kinds]


def _signoff_rules(since: date) -> list[dict[str, Any]]:
    signers = (("sales", "regional_manager"), ("supply", "oem_planner"), ("finance", "oem_finance"))
    functions = [{"function": function, "signer_grant": grant} for function, grant in signers]
    return [{"key": "PR-1", "effective_from_date": since, "functions": functions}]


def _write_bulletins(books: Books, clock: Clock) -> None:
    rows = []
    for key, title, audience, day, read_within, body in _BULLETINS:
        at = clock.cut - timedelta(days=FUNDS_DAYS - day, hours=-9)
        by = None if read_within is None else (clock.until + timedelta(days=read_within))
        rows.append({"key": key, "title": title, "audience": audience, "language": "en", "body": body,
                     "must_be_read_by_date": by, "at": at})  # fmt: skip
    frame = pl.DataFrame(rows, infer_schema_length=None).with_columns(by=pl.lit(PLANNER))
    books["bulletin"].open(frame)
    published = frame.select("key", "by", at=pl.col("at") + timedelta(hours=1))
    books["bulletin"].move("publish", published, step=1)
