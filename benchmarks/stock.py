"""`dms bench stock`: stock needed for a measured fill, and suggestions for a million parts.

In: the real car parts of `../shared/data` (skipped with a word when they are not there), and simulated
pairs. Out: figures next to their peers in the same run: the other policies on the same months.
"""

from __future__ import annotations

import resource
import subprocess
import sys
import tempfile
import time
from datetime import date
from pathlib import Path

import numpy as np
import polars as pl

from benchmarks import desk_page
from benchmarks.figures import Figure, report
from forecasting.frontier import Simulation, simulate
from forecasting.plain import read_history
from forecasting.stock_policy import Policy
from forecasting.stock_replay import Terms

PARTS_FILE = Path(__file__).resolve().parents[1] / ".." / "shared" / "data" / "parts_carparts.parquet"
MONTHS = 24
TARGETS = (0.8, 0.9, 0.95)
GOALS = {0.8: 4.9, 0.9: 7.8, 0.95: 11.6}  # months of demand on the shelf, lead time 1 month
CALIBRATED = (0.9, 0.95)
WITHIN = 0.01
LESS_THAN = {Policy.sba_negative_binomial: 0.70, Policy.months_of_cover: 0.50}
PAIRS, OUTLETS = 1_000_000, 200
SECONDS, GIBIBYTES = 60.0, 6.0
AS_OF = date(2026, 3, 10)


def main() -> int:
    """Measure, tell. Exit status 1 when a goal does not hold."""
    if sys.argv[1:2] == ["million"]:
        print(_suggest_from(Path(sys.argv[2])))
        return 0
    return report([*_on_real_parts(), *_million(), *desk_page.figures()])


def _on_real_parts() -> list[Figure]:
    if not PARTS_FILE.exists():
        print(f"{PARTS_FILE.name} is not here: stock on real parts is not measured", file=sys.stderr)
        return []
    units = read_history(PARTS_FILE)[0].units
    return [*_lead_time(units, 1, GOALS), *_lead_time(units, 2, {})]


def _lead_time(units: np.ndarray, lead_time: int, goals: dict[float, float]) -> list[Figure]:
    terms = Terms.equal(units.shape[1], lead_time=lead_time)
    start = units.shape[0] - MONTHS
    found = {
        policy: simulate(
            units, policy, start=start, terms=terms, targets=CALIBRATED if policy is Policy.marginal else ()
        )
        for policy in Policy
    }
    figures = [_stock(found, target, lead_time, goals.get(target)) for target in TARGETS]
    figures += [_saving(found, peer, lead_time, share) for peer, share in LESS_THAN.items()]
    return figures + [_fill(found[Policy.marginal], target, lead_time) for target in CALIBRATED]


def _stock(found: dict[Policy, Simulation], target: float, lead_time: int, goal: float | None) -> Figure:
    """Our stock beside that of the best other policy."""
    ours = found[Policy.marginal].curve.stock_at(target)
    others = {p: one.curve.stock_at(target) for p, one in found.items() if p is not Policy.marginal}
    best = min((p for p in others if np.isfinite(others[p])), key=lambda p: others[p])
    return Figure(
        name=f"stock at {100 * target:g} % fill, lead time {lead_time}", value=ours, unit="months of demand",
        peer=best.value, peer_value=others[best], ratio=ours / others[best],
        goal=None if goal is None else f"<= {goal}", holds=None if goal is None else bool(ours <= goal),
    )  # fmt: skip


def _saving(found: dict[Policy, Simulation], peer: Policy, lead_time: int, share: float) -> Figure:
    """Our stock at 95 % fill beside one peer's; a peer that never gets there is named with null."""
    ours, theirs = (found[p].curve.stock_at(0.95) for p in (Policy.marginal, peer))
    reached = bool(np.isfinite(theirs))
    return Figure(
        name=f"stock at 95 % fill against {peer}, lead time {lead_time}", value=ours, unit="months of demand",
        peer=peer.value if reached else f"{peer}: never reaches it", peer_value=theirs if reached else None,
        ratio=ours / theirs if reached else None, goal=f"ratio <= {share}",
        holds=bool(not reached or ours / theirs <= share),
    )  # fmt: skip


def _fill(ours: Simulation, target: float, lead_time: int) -> Figure:
    """What a target means in measured fill, beside what the same number as a nominal chance gives."""
    curve = ours.curve
    nominal = float(np.interp(target, curve.settings, curve.curve()[0]))
    achieved = ours.achieved[target].fill
    return Figure(
        name=f"fill achieved for {100 * target:g} %, lead time {lead_time}", value=achieved, unit="share",
        peer="the same figure as a nominal chance", peer_value=nominal, ratio=achieved / target,
        goal=f"within {WITHIN} of the target", holds=bool(abs(achieved - target) <= WITHIN),
    )  # fmt: skip


def _million() -> list[Figure]:
    with tempfile.TemporaryDirectory() as folder:
        _write_pairs(Path(folder))
        command = [sys.executable, "-m", "benchmarks.stock", "million", folder]
        told = subprocess.run(command, check=True, capture_output=True, text=True).stdout.split()
    seconds, gibibytes, explained = float(told[0]), float(told[1]), int(told[2])
    what = f"suggestions for {PAIRS:,} parts with {explained:,} explanation rows"
    return [
        Figure(name=f"{what}, read to explained", value=seconds, unit="s", goal=f"<= {SECONDS:.0f}",
               holds=seconds <= SECONDS),
        Figure(name=f"{what}, peak memory", value=gibibytes, unit="GiB", goal=f"<= {GIBIBYTES:.0f}",
               holds=gibibytes <= GIBIBYTES),
    ]  # fmt: skip


def _write_pairs(folder: Path) -> None:
    """Simulated marts of PAIRS parts: most sell rarely, and stock is short for about half of them."""
    rng = np.random.default_rng(11)
    n = PAIRS
    rate = rng.gamma(0.4, 3.0, n)
    outlets, parts = np.arange(n) % OUTLETS, np.arange(n) // OUTLETS
    key = pl.DataFrame(
        {"outlet_id": [f"O{i:04}" for i in outlets.tolist()], "part_id": [f"P{i:06}" for i in parts.tolist()]}
    ).sort("outlet_id", "part_id")
    nothing = ("reserved", "in_transit", "backordered", "predecessor_on_hand", "booked_units")
    tables = {
        "position": {
            "on_hand": rng.poisson(1.5 * rate).astype(float),
            "on_order": rng.poisson(0.2 * rate).astype(float),
            **dict.fromkeys(nothing, 0.0),
        },
        "policy": {
            "lead_time_days": rng.uniform(5, 40, n),
            "lead_time_sd_days": rng.uniform(0, 8, n),
            "pack_size": rng.choice([1, 1, 2, 10], n),
            "unit_price_minor": rng.integers(100, 90_000, n),
            "lead_time_observations": 5, "review_days": 7, "minimum_quantity": 1, "service_level": 0.95,
            "currency": "EUR", "price_missing": False, "supplier_outlet_code": "WH1", "part_state": "active",
            "is_stocked": True,
        },
        "series": {
            "mean_units_per_month": rate, "demand_class": "lumpy", "method": "tsb", "alpha": 0.1,
            "dispersion": 1.6, "level_cv2": 0.1,
        },
    }  # fmt: skip
    for name, columns in tables.items():
        key.with_columns(**{c: _column(v) for c, v in columns.items()}).write_parquet(
            folder / f"{name}.parquet"
        )
    months = pl.date_range(date(2025, 3, 1), date(2026, 2, 1), "1mo", eager=True)
    demand = [_month(key, month, rng.poisson(rate).astype(float)) for month in months]
    pl.concat(demand).write_parquet(folder / "demand.parquet")


def _column(value: object) -> pl.Series | pl.Expr:
    return pl.Series(value) if isinstance(value, np.ndarray) else pl.lit(value)


def _month(key: pl.DataFrame, month: date, units: np.ndarray) -> pl.DataFrame:
    asked = pl.Series(units)
    return key.with_columns(
        demand_month=pl.lit(month), corrected_units=asked, observed_units=asked, zero_stock_days=pl.lit(0),
        superseded_units=pl.lit(0.0), demand_lines=(asked / 2).ceil().cast(pl.Int64),
    )  # fmt: skip


def _suggest_from(folder: Path) -> str:
    """Seconds, peak GiB and explanation rows of one process that reads, judges and explains."""
    from forecasting.replenishment import suggest

    began = time.monotonic()
    tables = [
        pl.read_parquet(folder / f"{name}.parquet") for name in ("position", "policy", "series", "demand")
    ]
    chain = pl.DataFrame(
        schema={"part_id": pl.String, "current_part_id": pl.String, "hops": pl.Int64, "factor": pl.Float64,
                "use_up": pl.String}
    )  # fmt: skip
    made = suggest(tables[0], tables[1], tables[2], chain, tables[3], as_of=AS_OF)
    seconds = time.monotonic() - began
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024**2
    return f"{seconds} {peak} {made.explain.height}"


if __name__ == "__main__":
    sys.exit(main())
