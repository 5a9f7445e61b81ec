"""Targets, dealers' plans and planners' overrides: what people thought would happen.

One planner lifts every forecast by a quarter; another changes few and knows why. Both are named in the truth,
so that a forecast value-added report can be judged.
"""

from __future__ import annotations

import numpy as np
import polars as pl

from pipelines.demo.brand import SERIES
from pipelines.demo.catalogue import PLANNER
from pipelines.demo.clock import HISTORY_MONTHS, Floats, Ints
from pipelines.demo.events import Books
from pipelines.demo.scene import Scene

BIASED_PLANNER = "oem.planner.bruno"
UNBIASED_PLANNER = "oem.planner.amira"
_PLAN_MONTHS = 9
_AHEAD = 3
_OVERRIDE_MONTHS = 12


def write_targets(books: Books, scene: Scene, expected: Floats) -> None:
    """One target per outlet, series, month and measure, issued before its quarter begins."""
    outlet, series, month = np.nonzero(expected[:, :, : HISTORY_MONTHS + 1 + _AHEAD] >= 0.02)
    quarter = month // 3 * 3
    issued = scene.clock.month_starts[quarter] - 12
    base = expected[outlet, series, month]
    for measure, letter, stretch in (("retail", "R", 1.08), ("wholesale", "W", 1.12)):
        books["sales_target"].open(
            pl.DataFrame({"outlet_id": scene.codes[outlet]}).with_columns(
                key=pl.Series(_cell_keys("TG" + letter, scene, outlet, series, month)),
                at=scene.at(issued, 36_000),
                by=pl.lit(PLANNER),
                state=pl.lit("issued"),
                target_month=scene.clock.months_as_dates(month),
                series=np.array([s.code for s in SERIES])[series],
                measure=pl.lit(measure),
                # a target is a whole number; fractions are carried by the month's phase
                units=np.floor(base * stretch + (month * 7 + outlet) % 10 / 10).astype(np.int64),
            )
        )


def _cell_keys(prefix: str, scene: Scene, outlet: Ints, series: Ints, month: Ints) -> list[str]:
    codes, names = scene.codes, [s.code for s in SERIES]
    stamps = [scene.clock.month(m).strftime("%y%m") for m in range(scene.clock.months)]
    return [
        f"{prefix}-{codes[o]}-{names[s]}-{stamps[m]}" for o, s, m in zip(outlet, series, month, strict=True)
    ]


def write_plans(books: Books, scene: Scene, rng: np.random.Generator, expected: Floats) -> None:
    """Month plans of the last year, three-month plans of the last months; the newest are under review."""
    first = HISTORY_MONTHS + 1 - _PLAN_MONTHS
    mask = expected[:, :, : HISTORY_MONTHS + 1 + _AHEAD] >= 0.05
    outlet, series, month = np.nonzero(mask)
    near = (month >= first) & (month <= HISTORY_MONTHS + 1)
    _write_plan(
        books, scene, rng, expected, (outlet[near], series[near], month[near]), horizon="month", lead=1
    )
    far = month > HISTORY_MONTHS - 3
    _write_plan(
        books, scene, rng, expected, (outlet[far], series[far], month[far]), horizon="three_month", lead=3
    )


def _write_plan(
    books: Books,
    scene: Scene,
    rng: np.random.Generator,
    expected: Floats,
    cells: tuple[Ints, Ints, Ints],
    *,
    horizon: str,
    lead: int,
) -> None:
    outlet, series, month = cells
    n = len(outlet)
    # every outlet leans its own way; the truth is in the frame of expected units
    lean = rng.normal(1.05, 0.18, len(scene.outlets))[outlet]
    retail = rng.poisson(expected[outlet, series, month] * np.maximum(lean, 0.5))
    written = scene.clock.month_starts[month - lead] + 17 - outlet % 4
    manager = scene.people("dealer_manager", outlet)
    prefix = "DP1" if horizon == "month" else "DP3"
    head = pl.DataFrame(
        {"key": _cell_keys(prefix, scene, outlet, series, month), "outlet_id": scene.codes[outlet]}
    )
    book = books["dealer_plan"]
    book.open(
        head.with_columns(
            at=scene.at(written, 32_000),
            by=manager,
            horizon=pl.lit(horizon),
            series=np.array([s.code for s in SERIES])[series],
            period_date=scene.clock.months_as_dates(month),
            retail_units=pl.Series(retail),
            requirement_units=pl.Series(retail + rng.integers(0, 2, n)),
        )
    )
    region = f"region.{scene.where.code.lower()}"
    for step, (move, days, by) in enumerate(
        (("submit", 2, None), ("review", 5, region), ("consolidate", 7, PLANNER), ("lock", 9, PLANNER)),
        start=1,
    ):
        moved = head.with_columns(at=scene.at(written + days, 33_000), by=pl.lit(by) if by else manager)
        book.move(move, moved, step=step)


def market_units(cars: pl.DataFrame, scene: Scene) -> pl.DataFrame:
    """Cars handed over by region, series and month: what overrides are judged against."""
    delivered = scene.clock.month_of_day(cars["delivered_day"].to_numpy())
    return (
        pl.DataFrame(
            {
                "region_path": [scene.where.region_path] * len(cars),
                "series": cars["series"],
                "month": delivered,
            }
        )
        .group_by("region_path", "series", "month", maintain_order=True)
        .agg(pl.len().alias("units"))
    )


def write_overrides(
    books: Books, scene: Scene, rng: np.random.Generator, actual: pl.DataFrame, parts: list[str]
) -> None:
    """Overrides of both planners by market, series and month, a year back and some ahead."""
    cells = _with_level(actual).filter(
        pl.col("month").is_between(HISTORY_MONTHS - _OVERRIDE_MONTHS, HISTORY_MONTHS + _AHEAD),
        pl.col("level") > 0,  # nobody overrides what does not sell
    )
    cells = cells.sort("region_path", "series", "month")
    units = cells["units"].to_numpy().astype(float)
    baseline = np.maximum(np.round(cells["level"].to_numpy(), 1), 0.1)
    stood: set[str] = set()  # what the first planner wrote, which the second one sees
    for number, (planner, share, reason) in enumerate(
        ((BIASED_PLANNER, 0.75, "promotion"), (UNBIASED_PLANNER, 0.35, "fleet_deal"))
    ):
        rows = np.flatnonzero(rng.random(len(cells)) < share)
        lifted = rng.normal(25, 4, len(rows))  # percent, whatever the baseline says
        over = cells["month"].to_numpy()[rows] < HISTORY_MONTHS  # of what is to come nobody knows
        informed = np.where(over, 0.35 * baseline[rows] + 0.65 * units[rows], baseline[rows])
        value = lifted if planner == BIASED_PLANNER else informed
        month = cells["month"].to_numpy()[rows].astype(np.int64)
        written = scene.clock.month_starts[month - 1] + 20
        series = np.array([s.code for s in SERIES])[cells["series"].to_numpy()[rows]]
        region = cells["region_path"].to_numpy()[rows]
        stamp = [f"{r.split('/')[-1]}-{s}-{m:02d}" for r, s, m in zip(region, series, month, strict=True)]
        seen = [f"FO-{number}-{s}" if f"FO-{number}-{s}" in stood else None for s in stamp]
        stood |= {f"FO-{number + 1}-{s}" for s in stamp}
        books["forecast_override"].open(
            pl.DataFrame(
                {"key": [f"FO-{number + 1}-{s}" for s in stamp]}, schema={"key": pl.String}
            ).with_columns(
                at=scene.clock.instants(np.zeros(len(rows), dtype=np.int64), written, 36_000 + 600 * number),
                by=pl.lit(planner),
                state=pl.lit("applied"),
                subject=pl.lit("vehicle"),
                region_path=region,
                series=series,
                forecast_month=scene.clock.months_as_dates(month),
                mode=pl.lit("percent" if planner == BIASED_PLANNER else "set"),
                value=np.maximum(np.round(value, 1), 0.0),
                baseline=baseline[rows],
                reason_code=pl.lit(reason),
                note=pl.lit("Sales round of the month."),
                author_level=pl.lit("hq"),
                seen_override_id=pl.Series(seen, dtype=pl.String),
            )
        )
    _write_part_override(books, scene, parts[0])


def _with_level(actual: pl.DataFrame) -> pl.DataFrame:
    """Every cell in every month; `level` is its mean over the half year known at the sales round."""
    months = pl.DataFrame({"month": range(HISTORY_MONTHS + _AHEAD + 1)})
    cells = actual.select("region_path", "series").unique(maintain_order=True)
    months = months.with_columns(pl.col("month").cast(actual.schema["month"]))
    whole = cells.join(months, how="cross").join(actual, on=["region_path", "series", "month"], how="left")
    by = ["region_path", "series"]
    return (
        whole.sort(*by, "month")
        .with_columns(pl.col("units").fill_null(0))
        .with_columns(level=pl.col("units").rolling_mean(6, min_samples=1).shift(2).over(by).fill_null(0))
        .with_columns(
            level=pl.when(pl.col("month") <= HISTORY_MONTHS + 1).then("level").forward_fill().over(by)
        )
    )


def _write_part_override(books: Books, scene: Scene, part_id: str) -> None:
    """One proposal for a part, still to be judged."""
    ahead = np.array([HISTORY_MONTHS + 1])
    books["forecast_override"].open(
        pl.DataFrame({"key": ["FO-PART-1"]}).with_columns(
            at=scene.clock.instants(np.zeros(1, dtype=np.int64), np.array([scene.clock.cut_day - 3]), 36_000),
            by=pl.lit(UNBIASED_PLANNER),
            state=pl.lit("proposed"),
            subject=pl.lit("part"),
            region_path=pl.lit("MEA/GULF/AE"),
            part_id=pl.lit(part_id),
            forecast_month=scene.clock.months_as_dates(ahead),
            mode=pl.lit("percent"),
            value=pl.lit(20.0),
            reason_code=pl.lit("promotion"),
            note=pl.lit("Winter check announced by the dealers."),
            author_level=pl.lit("region"),
        )
    )
