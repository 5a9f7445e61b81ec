"""Files that others send: rates, registrations, dealers' exports, each with a known number of errors.

In: the clock and a seed. Out: files by contract, and for each the rows that are wrong and why. The errors are
those that people make: a day written the other way round, a comma in a number, a letter O for a zero.
"""

from __future__ import annotations

import csv
import io
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

import numpy as np
import polars as pl

from pipelines.demo import senders
from pipelines.demo.brand import BRAND, COMPETITORS, MARKETS, NAMES, SERIES
from pipelines.demo.clock import HISTORY_MONTHS, Clock
from pipelines.demo.network import Outlet
from pipelines.demo.seen import Seen

Row = dict[str, object]


@dataclass(frozen=True, slots=True)
class Mistake:
    """One row made wrong: number from 1, field, and what was written."""

    row: int
    field: str
    written: str


@dataclass(frozen=True, slots=True)
class InboxFile:
    """One file as it is handed in. Every mistake is in a row of its own."""

    contract: str
    name: str
    rows: list[Row]
    mistakes: list[Mistake]

    def text(self) -> str:
        out = io.StringIO()
        writer = csv.DictWriter(out, fieldnames=list(self.rows[0]), lineterminator="\n")
        writer.writeheader()
        writer.writerows(self.rows)
        return out.getvalue()

    def told(self) -> dict[str, object]:
        """What the truth says about it."""
        wrong = [{"row": m.row, "field": m.field, "written": m.written} for m in self.mistakes]
        return {
            "contract": self.contract,
            "file": self.name,
            "received": len(self.rows),
            "rejected": len(self.mistakes),
            "accepted": len(self.rows) - len(self.mistakes),
            "mistakes": wrong,
        }


# series -> plants with their share and days to the market; a series not named is built at both
_BOTH_PLANTS = (("PLANT-N", 0.6, 45), ("PLANT-S", 0.4, 28))
_BUILT_AT = {"BOREA": (("PLANT-N", 1.0, 45),), "VIRE": (("PLANT-S", 1.0, 28),)}
_COMPETITOR_SIZES = np.array([3.3, 5.4, 7.5, 9.6])  # against ours in the same market
UNDERREPORTING_MARKET, REPORTED_SHARE = (
    "BR",
    0.8,
)  # dealers there keep a fifth of their hand-overs to themselves


def inbox_files(
    clock: Clock, seed: int, retail: pl.DataFrame, outlets: list[Outlet], seen: Seen
) -> list[InboxFile]:
    """Every file of the demo, with its mistakes. retail: region_path, series, month (number), units."""
    rng = np.random.default_rng([seed, 40])
    return [
        *_files_of_senders(np.random.default_rng([seed, 41]), clock, outlets, seen),
        _spoilt(
            rng,
            "exchange_rate",
            "treasury-rates.csv",
            _rates(rng, clock),
            {
                "rate": ["n/a", "3,67", "-1", ""],
                "to_currency": ["DIRHAM", ""],
                "rate_date": ["31/12/2025", "soon"],
            },
        ),
        _spoilt(
            rng,
            "market_registration",
            "authority-registrations.csv",
            _registrations(rng, clock, retail),
            {
                "units": ["-4", "1.5", "many", ""],
                "market": ["Chile", ""],
                "registration_month": ["2025-13-01"],
            },
        ),
        InboxFile("production_slot", "mes-slots.csv", _slots(clock, retail), []),
        _spoilt(
            rng,
            "part_demand",
            "za-d02-counter.csv",
            _counter_demand(rng, clock),
            {
                "quantity": ["0", "-2", "two", ""],
                "channel": ["phone"],
                "demanded_at": ["yesterday"],
                "part_id": [""],
            },
        ),
        _spoilt(
            rng,
            "customer_record",
            "de-d02-customers.csv",
            _customers(rng),
            {
                "customer_type": ["woman", ""],
                "email": ["nobody.example.com"],
                "birth_date": ["1999-02-30"],
                "country": ["Germany"],
                "source": [""],
            },
        ),
    ]


def _files_of_senders(
    rng: np.random.Generator, clock: Clock, outlets: list[Outlet], seen: Seen
) -> list[InboxFile]:
    repairs = seen.repairs()
    sent: dict[str, tuple[str, list[Row]]] = {
        "hr_attendance": ("hr-hours.csv", senders.attendance(rng, outlets, clock)),
        "telematics_odometer": ("cars-odometer.csv", senders.odometers(rng, clock, repairs)),
        "telematics_fault": ("cars-faults.csv", senders.faults(rng, clock, repairs)),
        "erp_invoice": ("erp-invoices.csv", senders.invoices(rng, clock, seen.orders())),
        "dealer_financial_statement": ("dealers-accounts.csv", senders.statements(rng, outlets, clock)),
        "web_lead": ("carfinder-prospects.csv", senders.web_leads(rng, outlets, clock)),
    }
    return [_spoilt(rng, name, *file, senders.MISTAKES[name]) for name, file in sent.items()]


def write_inbox(files: list[InboxFile], inbox_dir: Path) -> None:
    """`inbox/<contract>/<name>`, as the pipeline expects them."""
    for file in files:
        folder = inbox_dir / file.contract
        folder.mkdir(parents=True, exist_ok=True)
        (folder / file.name).write_text(file.text(), encoding="utf-8")


def _spoilt(
    rng: np.random.Generator, contract: str, name: str, rows: list[Row], errors: dict[str, list[str]]
) -> InboxFile:
    """Each error goes into another row."""
    wanted = [(field, written) for field, texts in errors.items() for written in texts]
    places = np.sort(rng.choice(len(rows), len(wanted), replace=False))
    mistakes = []
    for place, (field, written) in zip(places.tolist(), wanted, strict=True):
        rows[place] = {**rows[place], field: written}
        mistakes.append(Mistake(place + 1, field, written))
    return InboxFile(contract, name, rows, mistakes)


def _rates(rng: np.random.Generator, clock: Clock) -> list[Row]:
    """Weekly rates of the dollar in every market's currency: a drift and a little noise."""
    rows: list[Row] = []
    for day in range(0, clock.cut_day, 7):
        for market in MARKETS:
            pegged = market.usd_drift == 0
            noise = 0.0 if pegged else float(rng.normal(0, 0.008))
            rate = market.usd_rate * (1 + market.usd_drift) ** (day / 365) * (1 + noise)
            rows.append(
                {
                    "rate_date": (clock.start + timedelta(days=day)).isoformat(),
                    "from_currency": "USD",
                    "to_currency": market.currency,
                    "rate": f"{rate:.6f}",
                    "source": "demo-treasury",
                }
            )
    return rows


def _registrations(rng: np.random.Generator, clock: Clock, retail: pl.DataFrame) -> list[Row]:
    """Cars registered by market, month and brand: those handed over, and the fictional competitors'."""
    summed = retail.group_by(pl.col("region_path").str.split("/").list.last(), "month").agg(
        pl.col("units").sum()
    )
    handed_over = {(market, month): units for market, month, units in summed.iter_rows()}
    rows = []
    for market in MARKETS:
        told = REPORTED_SHARE if market.code == UNDERREPORTING_MARKET else 1.0
        handed = np.cumsum([handed_over.get((market.code, month), 0) for month in range(HISTORY_MONTHS)])
        ours = np.diff(np.rint(handed / told).astype(int), prepend=0).tolist()  # sums are rounded, not months
        level = max(sum(ours) / HISTORY_MONTHS, 1.0)
        for month in range(HISTORY_MONTHS):
            day = clock.month(month)
            others = rng.poisson(level * _COMPETITOR_SIZES * market.season[day.month - 1]).tolist()
            for brand, units in zip((BRAND, *COMPETITORS), (ours[month], *others), strict=True):
                rows.append(
                    {
                        "registration_month": day.isoformat(),
                        "market": market.code,
                        "brand": brand,
                        "segment": "all",
                        "units": units,
                    }
                )
    return rows


def _slots(clock: Clock, retail: pl.DataFrame) -> list[Row]:
    """Two plants, two series at one alone: slots around the pace of half a year, booked less far ahead."""
    recent = retail.filter(pl.col("month").is_between(HISTORY_MONTHS - 6, HISTORY_MONTHS - 1))
    pace = recent.group_by("series").agg(pl.col("units").sum() / 6).sort("series")
    rows: list[Row] = []
    for number, units in pace.iter_rows():
        for ahead in range(-3, 7):
            total = max(int(units * (1.1 if number % 2 else 0.9) + (ahead % 3) * 0.5), 1)
            for plant, share, transit in _BUILT_AT.get(SERIES[number].code, _BOTH_PLANTS):
                capacity = max(round(total * share), 0)
                rows.append(
                    {
                        "plant": plant,
                        "series": SERIES[number].code,
                        "build_month": clock.month(HISTORY_MONTHS + ahead).isoformat(),
                        "capacity_units": capacity,
                        "scheduled_units": round(capacity * min(1.0, max(0.0, 1 - 0.2 * ahead))),
                        "transit_days": transit,
                    }
                )
    return rows


def _counter_demand(rng: np.random.Generator, clock: Clock) -> list[Row]:
    """Lost requests of a counter without our screens: they move no stock, so the books stay even."""
    rows: list[Row] = []
    for n in range(40):
        day = clock.start + timedelta(days=int(rng.integers(clock.cut_day - 90, clock.cut_day)))
        rows.append(
            {
                "part_demand_id": f"PD-ZA-D02-F{n:05d}",
                "outlet_id": "ZA-D02",
                "state": "lost",
                "part_id": KNOWN_PART,
                "quantity": 1,
                "demanded_at": f"{day.isoformat()}T{int(rng.integers(8, 15)):02d}:15:00Z",
                "channel": "counter",
                "filled_quantity": 0,
                "lost_quantity": 1,
                "lost_reason": "no_stock",
            }
        )
    return rows


KNOWN_PART = "OI10000"  # the catalogue's first number, in every size


def _customers(rng: np.random.Generator) -> list[Row]:
    """A dealer's export of customers nobody else knows."""
    names = NAMES["DE"]
    rows: list[Row] = []
    for n in range(60):
        given = names.given[int(rng.integers(len(names.given)))][0]
        family = names.family[int(rng.integers(len(names.family)))][0]
        rows.append(
            {
                "customer_id": f"CU-DE-D02-F{n:05d}",
                "outlet_id": "DE-D02",
                "customer_type": "person",
                "given_name": given,
                "family_name": family,
                "phone": f"+491760{int(rng.integers(10**6)):06d}",
                "email": f"file.{n}@example.org",
                "birth_date": f"{1955 + n % 45}-{1 + n % 12:02d}-{1 + n % 28:02d}",
                "country": "DE",
                "source": "file",
            }
        )
    return rows
