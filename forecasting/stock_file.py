"""Stock on plain files: the engine that `dms simulate-stock FILE` runs.

In: a tidy demand file (unique_id, ds, y) and, if wanted, terms a series (unique_id and any of lead_time,
review, pack_size, unit_cost). Out: the frontier as a file, targets and figures.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import polars as pl

from forecasting.frames import HistoryError
from forecasting.frontier import WARM_UP, Simulation, frontier_table, simulate, target_table
from forecasting.plain import Figure, read_history
from forecasting.stock_cost import COSTS, CostRates, with_costs
from forecasting.stock_policy import Policy
from forecasting.stock_replay import Terms

WHOLE = {"lead_time": 0, "review": 1, "pack_size": 1}  # column: least value
SHORTEST_PAST = 13  # periods before the replay: a season, and one to compare it with


@dataclass(frozen=True)
class StockFile:
    """frontier: one row per policy and setting. targets: one per policy and target fill. left_out: series
    whose demand is not known in every replayed period."""

    frontier: pl.DataFrame
    targets: pl.DataFrame
    figures: list[Figure]
    series: int
    left_out: int


def simulate_file(
    path: str | Path,
    *,
    lead_time: int = 1,
    review: int = 1,
    periods: int = 24,
    targets: Sequence[float] = (0.8, 0.9, 0.95),
    policies: Sequence[str] = (),
    terms_path: str | Path | None = None,
    out: str | Path | None = None,
    rates: CostRates | None = None,
) -> StockFile:
    """Replay the file's last `periods` under each policy; write the frontier to `out` (.parquet or .csv).

    `policies` are names of Policy, none of them means all; with `rates` each setting has its costs. Raises
    HistoryError naming field, rule and remedy.
    """
    if out is not None and Path(out).suffix not in (".parquet", ".csv"):
        raise HistoryError(f"out must end in .parquet or .csv, got {Path(out).name}")
    if not all(0 < target < 1 for target in targets):
        raise HistoryError(f"a target fill must lie strictly between 0 and 1, got {list(targets)}")
    chosen = _policies(policies)
    panel, _ = read_history(path)
    start = panel.units.shape[0] - periods
    if periods < 1 or start < SHORTEST_PAST:
        raise HistoryError(
            f"{periods} replayed periods leave {max(start, 0)} of history before them, {SHORTEST_PAST} are "
            "needed: replay fewer periods or bring a longer file"
        )
    complete = ~np.isnan(panel.units[start - min(WARM_UP, start - 1) :]).any(axis=0)
    if not complete.any():
        raise HistoryError("no series is known in every replayed period: write 0 where nothing was asked for")
    ids = panel.keys["unique_id"].filter(pl.Series(complete))
    terms = read_terms(ids, terms_path, lead_time=lead_time, review=review)
    found = [
        simulate(
            panel.units[:, complete],
            policy,
            start=start,
            terms=terms,
            targets=targets,
            season=panel.frequency.season,
        )
        for policy in chosen
    ]
    table = frontier_table([one.curve for one in found])
    if rates is not None:
        table = with_costs(table, rates, years=periods / panel.frequency.season)
    _write(table, out)
    wanted = target_table([one.curve for one in found], targets)
    return StockFile(
        table, wanted, figures_of(found, targets), int(complete.sum()), int((~complete).sum())
    )  # fmt: skip


def read_terms(ids: pl.Series, path: str | Path | None, *, lead_time: int, review: int) -> Terms:
    """Terms of each id in its order; what the file does not say is lead_time, review, 1 unit and cost 1."""
    base = pl.DataFrame({"unique_id": ids})
    usual: dict[str, int | float] = {
        "lead_time": lead_time, "review": review, "pack_size": 1, "unit_cost": 1.0,
    }  # fmt: skip
    if path is not None:
        base = base.join(_terms_frame(Path(path)), on="unique_id", how="left", maintain_order="left")
    known = [pl.col(c).fill_null(v) if c in base.columns else pl.lit(v).alias(c) for c, v in usual.items()]
    full = base.with_columns(known)
    for column, least in WHOLE.items():
        wrong = full.filter((pl.col(column) < least) | (pl.col(column).cast(pl.Int64) != pl.col(column)))
        if not wrong.is_empty():
            raise HistoryError(
                f"{column} of unique_id={wrong['unique_id'][0]} is {wrong[column][0]}: it must be a whole "
                f"number >= {least}"
            )
    whole = [full[c].cast(pl.Int64).to_numpy() for c in WHOLE]
    return Terms(whole[0], whole[1], whole[2], full["unit_cost"].cast(pl.Float64).to_numpy())


def _terms_frame(path: Path) -> pl.DataFrame:
    if path.suffix not in (".parquet", ".csv"):
        raise HistoryError(f"terms {path.name} must be a .csv or .parquet file")
    raw = pl.read_parquet(path) if path.suffix == ".parquet" else pl.read_csv(path)
    if "unique_id" not in raw.columns:
        raise HistoryError(f"terms {path.name} has no column unique_id; it has {', '.join(raw.columns)}")
    named = [c for c in (*WHOLE, "unit_cost") if c in raw.columns]
    bad = [c for c in named if not raw[c].dtype.is_numeric()]
    if bad or raw["unique_id"].is_duplicated().any():
        raise HistoryError(
            f"terms {path.name}: {bad[0]} must hold numbers" if bad else
            f"terms {path.name}: unique_id must be there once each"
        )  # fmt: skip
    return raw.select(pl.col("unique_id").cast(pl.String), *named)


def figures_of(found: Sequence[Simulation], targets: Sequence[float]) -> list[Figure]:
    """Stock at each target, next to the first policy's; fill achieved by each, next to the target."""
    figures = []
    for target in targets:
        name = f"{100 * target:g}"
        peer = found[0].curve
        against = _number(peer.stock_at(target))
        for one in found:
            stock = _number(one.curve.stock_at(target))
            ratio = stock / against if stock is not None and against else None
            periods = one.curve.outcomes[0].periods
            told = f"{one.curve.policy} stock at {name} % fill"
            figures.append(
                Figure(told, stock, "periods of demand", peer.policy.value, against, ratio, periods)
            )
        for one in found:
            run, told = one.achieved[target], f"{one.curve.policy} fill achieved for {name} %"
            figures.append(Figure(told, run.fill, "share", "target", target, run.fill / target, run.periods))
    return figures


def stock_line(row: dict[str, float | str | None]) -> str:
    """One row of `targets` in words."""
    if row["stock_periods"] is None:
        return f"{row['policy']}: {row['target_fill']:.0%} fill is reached with no setting"
    high = f"{row['stock_high']:.2f}" if row["stock_high"] is not None else "not always reached"
    return (
        f"{row['policy']}: {row['target_fill']:.0%} fill with {row['stock_periods']:.2f} periods of demand "
        f"on the shelf ({row['stock_low']:.2f} to {high})"
    )


def cost_line(row: dict[str, float | str]) -> str:
    """One row of `least_cost` in words."""
    parts = ", ".join(f"{name.removesuffix('_cost')} {row[name]:,.0f}" for name in COSTS)
    return (
        f"{row['policy']}: costs least at {row['fill']:.1%} fill with {row['stock_value']:,.0f} of stock: "
        f"{row['total_cost']:,.0f} ({parts})"
    )


def _policies(names: Sequence[str]) -> list[Policy]:
    unknown = [name for name in names if name not in list(Policy)]
    if unknown:
        raise HistoryError(f"policy {unknown[0]} is not known: use one of {', '.join(Policy)}")
    return [Policy(name) for name in names] or list(Policy)


def _number(value: float) -> float | None:
    return value if np.isfinite(value) else None


def _write(table: pl.DataFrame, out: str | Path | None) -> None:
    if out is None:
        return
    if Path(out).suffix == ".csv":
        table.write_csv(out)
    else:
        table.write_parquet(out)
