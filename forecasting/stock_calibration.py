"""Which chance fills a target: the outlets' own demand, replayed day by day under the rule that orders.

A nominal cycle chance is not a fill rate: packs, review days and forecast errors move the fill. In: daily
requests, policies and monthly history. Out: measured fill per value class and chance, and the chance for a
wanted fill.
"""

from __future__ import annotations

from datetime import date

import numpy as np
import polars as pl
from numpy.typing import NDArray

from forecasting.calibrate import dispersion
from forecasting.frames import check_history, to_panel
from forecasting.intermittent import one_step_spread, weighted_mean
from forecasting.lead_time import LIST, level_over, waits_of
from forecasting.replenishment_rule import DAYS_PER_MONTH
from forecasting.stock_replay import Replay, Terms, replay

Floats = NDArray[np.float64]

KEY = ["outlet_id", "part_id"]
ALL = "all"
REPLAYED_MONTHS = 6
# Longer than the wait for the first order in nearly every network; the opening stock is forgotten by then.
WARM_UP_DAYS = 31
CHANCES = (0.3, 0.5, 0.65, 0.75, 0.82, 0.87, 0.91, 0.94, 0.96, 0.975, 0.985, 0.992, 0.997, 0.999)
# A share of fewer units than this moves by a point or more when one customer comes a day later.
LEAST_UNITS = 1_000.0
SAMPLE = 20_000
DRAWS, BAND = 200, (5, 95)
ALPHA = 0.1
SCHEMA = pl.Schema({
    "abc_class": pl.String, "cycle_chance": pl.Float64, "fill": pl.Float64, "fill_low": pl.Float64,
    "fill_high": pl.Float64, "units_asked": pl.Float64,
    "days": pl.Int64, "stock_days": pl.Float64, "order_lines": pl.Float64,
})  # fmt: skip


def measure_fill(
    requests: pl.DataFrame, policy: pl.DataFrame, history: pl.DataFrame, *, as_of: date
) -> pl.DataFrame:
    """SCHEMA: one row per value class (and ALL) and chance; empty when there is too little to replay.

    fill_low, fill_high: the middle 90 % when series are drawn anew. stock_days: days of demand on the shelf.
    order_lines: in the replayed days.

    requests: outlet_id, part_id, demand_date, units. policy: mart_part_policy. history:
    mart_part_demand_month. Replayed are the REPLAYED_MONTHS complete months before as_of; each month's level
    reads only the months before it, with a weighted mean (the chosen method of a part may do better).
    """
    end = as_of.replace(day=1)
    months = pl.date_range(
        pl.lit(end).dt.offset_by(f"-{REPLAYED_MONTHS}mo"), pl.lit(end), "1mo", closed="left", eager=False
    )
    first_days: list[date] = pl.select(months).to_series().to_list()
    past = history.filter(pl.col("demand_month") < end)
    pairs = _sample(policy, past)
    if pairs.is_empty() or first_days[0] <= past.select(pl.col("demand_month").min()).item():
        return SCHEMA.to_frame()
    known = past.join(pairs.select(KEY), on=KEY, how="semi").select(
        *KEY, month=pl.col("demand_month").cast(pl.Date), units=pl.col("corrected_units").cast(pl.Float64)
    )
    panel = to_panel(check_history(known, ("outlet_id", "part_id")), ("outlet_id", "part_id"))
    pairs = panel.keys.join(pairs, on=KEY, how="left", maintain_order="left")
    demand = _daily(requests, panel.keys, first_days[0], end)
    terms = _terms(pairs)
    cuts = [panel.units.shape[0] - REPLAYED_MONTHS + i for i in range(REPLAYED_MONTHS)]
    starts = [day.toordinal() for day in first_days]
    month_of_day = np.searchsorted(starts, np.arange(starts[0], end.toordinal()), side="right") - 1
    parts = [
        _filled(replay(monthly[month_of_day], demand, terms), pairs["abc_class"], chance)
        for chance, monthly in zip(CHANCES, _levels(panel.units, cuts, pairs), strict=True)
    ]
    return pl.concat(parts).sort("abc_class", "cycle_chance")


def with_chance(pairs: pl.DataFrame, calibration: pl.DataFrame | None) -> pl.DataFrame:
    """Add cycle_chance and chance_note to pairs with service_level and, if known, abc_class."""
    for column in ("abc_class", "criticality"):
        if column not in pairs.columns:
            pairs = pairs.with_columns(pl.lit(None, dtype=pl.String).alias(column))
    wanted = pairs.select("abc_class", pl.col("service_level").cast(pl.Float64)).unique()
    chosen = [_chance(calibration, *row) for row in wanted.iter_rows()]
    found = wanted.with_columns(
        cycle_chance=pl.Series([c for c, _ in chosen], dtype=pl.Float64),
        chance_note=pl.Series([n for _, n in chosen], dtype=pl.String),
    )
    return pairs.with_columns(pl.col("service_level").cast(pl.Float64)).join(
        found, on=["abc_class", "service_level"], how="left", nulls_equal=True, maintain_order="left"
    )


def _chance(
    calibration: pl.DataFrame | None, abc_class: str | None, wanted: float | None
) -> tuple[float | None, str]:
    """The chance whose measured fill is the wanted one, between measured chances in line."""
    nominal = "not calibrated: too little demand to replay; the share wanted is taken as the chance"
    if wanted is None or calibration is None or not 0 < wanted < 1:
        return wanted, nominal
    for name in (abc_class, ALL):
        rows = calibration.filter((pl.col("abc_class") == name) & (pl.col("units_asked") >= LEAST_UNITS))
        if name is not None and not rows.is_empty():
            fill = np.maximum.accumulate(rows["fill"].to_numpy())
            chance = round(float(np.interp(wanted, fill, rows["cycle_chance"].to_numpy())), 6)
            reached = float(np.interp(chance, rows["cycle_chance"].to_numpy(), fill))
            return chance, (
                f"class {name} filled {reached:.1%} at this chance when {rows['days'][0]} days of its own "
                f"demand ({rows['units_asked'][0]:,.0f} units) were replayed"
            )
    return wanted, nominal


def _sample(policy: pl.DataFrame, history: pl.DataFrame) -> pl.DataFrame:
    """Pairs that are stocked, have terms and a history; every k-th of them when there are very many."""
    terms = ["lead_time_days", "lead_time_sd_days", "review_days", "pack_size"]
    complete = policy.filter(pl.col("is_stocked") & pl.all_horizontal(pl.col(c).is_not_null() for c in terms))
    pairs = complete.join(history.select(KEY).unique(), on=KEY, how="semi").sort(KEY)
    if "lead_points" not in pairs.columns:
        pairs = pairs.with_columns(lead_points=pl.lit(None, dtype=LIST))
    return pairs.gather_every(max(1, -(-pairs.height // SAMPLE))).select(
        *KEY, "abc_class", *terms, "lead_points"
    )


def _terms(pairs: pl.DataFrame) -> Terms:
    whole = [
        pairs[c].cast(pl.Float64).round().cast(pl.Int64).to_numpy()
        for c in ("lead_time_days", "review_days", "pack_size")
    ]
    return Terms(whole[0], np.maximum(whole[1], 1), whole[2], np.ones(pairs.height))


def _daily(requests: pl.DataFrame, keys: pl.DataFrame, first: date, end: date) -> Floats:
    """(days, series): units asked for; a day without a request is a day on which nobody asked."""
    numbered = keys.select(*KEY).with_row_index("series")
    rows = (
        requests.filter((pl.col("demand_date") >= first) & (pl.col("demand_date") < end))
        .join(numbered, on=KEY)
        .select("series", "units", day=(pl.col("demand_date") - pl.lit(first)).dt.total_days())
    )
    out = np.zeros(((end - first).days, keys.height))
    np.add.at(
        out, (rows["day"].to_numpy(), rows["series"].to_numpy()), rows["units"].cast(pl.Float64).to_numpy()
    )
    return np.maximum(out, 0.0)


def _levels(units: Floats, cuts: list[int], pairs: pl.DataFrame) -> list[NDArray[np.int64]]:
    """Per chance (months, series): what the rule of replenishment_rule would have aimed at then."""
    rate = np.nan_to_num(weighted_mean(units, cuts, alpha=ALPHA))
    spread = dispersion(one_step_spread(units, cuts, alpha=ALPHA))
    days = {
        c: pairs[c].cast(pl.Float64).to_numpy()
        for c in ("lead_time_days", "lead_time_sd_days", "review_days")
    }
    nothing, month = np.zeros(pairs.height), np.full(pairs.height, DAYS_PER_MONTH)
    review = days["review_days"] / DAYS_PER_MONTH
    waits = waits_of(pairs["lead_points"], mean_days=days["lead_time_days"], before_days=nothing)

    def aimed_at(chance: float, cut: int) -> NDArray[np.int64]:
        late = (rate[cut] * days["lead_time_sd_days"] / DAYS_PER_MONTH) ** 2
        return level_over(
            rate[cut], spread[cut], waits, review, np.full(pairs.height, chance),
            per_month=month, level_cv2=nothing, late_variance=np.where(waits.observed, 0.0, late),
        )  # fmt: skip

    return [np.stack([aimed_at(chance, cut) for cut in range(len(cuts))]) for chance in CHANCES]


def _filled(run: Replay, classes: pl.Series, chance: float) -> pl.DataFrame:
    after = slice(WARM_UP_DAYS, None)
    sums = pl.DataFrame({
        "abc_class": classes, "asked": run.asked[after].sum(axis=0), "filled": run.filled[after].sum(axis=0),
        "held": run.on_hand[after].sum(axis=0), "lines": (run.ordered[after] > 0).sum(axis=0),
    })  # fmt: skip
    both = pl.concat([sums, sums.with_columns(abc_class=pl.lit(ALL))])
    parts = [
        _summed(name, rows, chance)
        for (name,), rows in both.sort("abc_class").group_by("abc_class", maintain_order=True)
    ]
    days = pl.lit(run.asked.shape[0] - WARM_UP_DAYS, dtype=pl.Int64)
    return pl.concat([SCHEMA.to_frame().drop("days"), *parts]).with_columns(days=days).select(SCHEMA.names())


def _summed(name: object, rows: pl.DataFrame, chance: float) -> pl.DataFrame:
    """One class at one chance, its band from series drawn anew; empty when nobody asked."""
    asked, filled = rows["asked"].to_numpy(), rows["filled"].to_numpy()
    total = float(asked.sum())
    if total <= 0:
        return SCHEMA.to_frame().drop("days")
    rng = np.random.default_rng(
        0
    )  # the same draws for every chance, so that the band is as smooth as the curve
    drawn = rng.multinomial(len(asked), np.full(len(asked), 1 / len(asked)), size=DRAWS)
    shares = (drawn @ filled) / np.maximum(drawn @ asked, 1e-9)
    low, high = np.percentile(shares[drawn @ asked > 0], BAND)
    row = {
        "abc_class": str(name), "cycle_chance": chance, "fill": float(filled.sum()) / total,
        "fill_low": float(low), "fill_high": float(high), "units_asked": total,
        "stock_days": float(rows["held"].sum()) / total, "order_lines": float(rows["lines"].sum()),
    }  # fmt: skip
    return pl.DataFrame([row], schema=[n for n in SCHEMA.names() if n != "days"])
