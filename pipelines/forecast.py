"""Step 6, project: marts in, forecasts out. No arithmetic lives here.

In: `mart_part_demand_month`, what is announced of numbers, `mart_vehicle_sales_month`. Out: `engine.part_*`
and `engine.vehicle_*`, with the columns of docs/architecture.md; empty tables while there is no history.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Any

import polars as pl

from forecasting.cleaning import cleaned
from forecasting.launch import Launch, levels_with_launches, taught_all, with_launches
from forecasting.part_launch import known_plans
from forecasting.parts import forecast_parts
from forecasting.run_out import SCHEMA as RUN_OUT
from forecasting.run_out import past_launches
from forecasting.supersession import announced
from forecasting.vehicles import LEVELS, forecast_vehicles

PART_HORIZON = 6  # months: longer than any lead time plus review in the network
VEHICLE_HORIZON = 12  # months: the planning year

_TEXT, _NUMBER = pl.String(), pl.Float64()
_QUANTILES = ("q10", "q50", "q80", "q90", "q95", "q99")
_PART_KEY = {"outlet_id": _TEXT, "part_id": _TEXT}
_VEHICLE_KEY = {"market": _TEXT, "region_path": _TEXT, "outlet_id": _TEXT, "series": _TEXT}
_LEVEL_KEYS = {
    level: tuple("region_path" if key == "region" else key for key in keys) for level, keys in LEVELS.items()
}
_TAIL = {"horizon": pl.Int32(), "mean": _NUMBER}
_ACCURACY = {"level": _TEXT, "method": _TEXT, "horizon": pl.Int32(), "wape": _NUMBER, "bias": _NUMBER}
_BACKTEST = {
    **_VEHICLE_KEY, "origin": pl.Date(), "forecast_month": pl.Date(), "horizon": pl.Int32(), "method": _TEXT,
    "actual": _NUMBER, "forecast": _NUMBER,
}  # fmt: skip
_SERIES = {
    "demand_class": _TEXT, "method": _TEXT, "alpha": _NUMBER, "mean_units_per_month": _NUMBER,
    "dispersion": _NUMBER, "level_cv2": _NUMBER, "adi": _NUMBER, "cv2": _NUMBER, "backtest_mase": _NUMBER,
    "backtest_mase_seasonal_naive": _NUMBER, "beats_naive": pl.Boolean(), "coverage_80": _NUMBER,
    "coverage_95": _NUMBER, "months_of_history": pl.Int64(),
}  # fmt: skip
_KNOWN = {
    "step": pl.Int32(), "signal": _TEXT, "weight": _NUMBER, "loss_without": _NUMBER, "loss_with": _NUMBER,
    "is_used": pl.Boolean(),
}  # fmt: skip
SCHEMAS: dict[str, pl.Schema] = {
    "part_forecast": pl.Schema(
        {
            **_PART_KEY, "forecast_month": pl.Date(), **_TAIL, **dict.fromkeys(_QUANTILES, pl.Int64()),
            "method": _TEXT,
        }
    ),
    "part_series": pl.Schema({**_PART_KEY, **_SERIES}),
    "part_rate_ahead": pl.Schema({**_PART_KEY, "month": pl.Date(), "units": _NUMBER}),
    "part_backtest": pl.Schema({"demand_class": _TEXT, "method": _TEXT, "loss_to_naive": _NUMBER}),
    "part_need_backtest": pl.Schema({"demand_class": _TEXT, **_KNOWN}),
    "vehicle_forecast": pl.Schema(
        {
            **_VEHICLE_KEY, "forecast_month": pl.Date(), **_TAIL, "units": pl.Int64(),
            **dict.fromkeys(("q10", "q50", "q90"), pl.Int64()), "method": _TEXT,
        }
    ),
    "vehicle_level_forecast": pl.Schema(
        {
            "level": _TEXT, **_VEHICLE_KEY, "forecast_month": pl.Date(), **_TAIL, "units": pl.Int64(),
            **dict.fromkeys(("q10", "q50", "q90"), pl.Int64()),
        }
    ),
    "vehicle_accuracy": pl.Schema({**_ACCURACY, "mase": _NUMBER, "n": pl.Int64()}),
    "vehicle_backtest": pl.Schema({"level": _TEXT, **_BACKTEST}),
    "vehicle_signal": pl.Schema({"group": _TEXT, **_KNOWN}),
    "vehicle_run_out": RUN_OUT,
    "vehicle_uplift": pl.Schema(
        {**_VEHICLE_KEY, "forecast_month": pl.Date(), "mean": _NUMBER, "uplift_units": _NUMBER}
    ),
    "vehicle_cleaned_history": pl.Schema(
        {
            **_VEHICLE_KEY, "sales_month": pl.Date(), "units": pl.Int64(), "cleaned_units": _NUMBER,
            "sales_outlier_id": _TEXT,
        }
    ),
}  # fmt: skip


VEHICLE_TABLES = tuple(name for name in SCHEMAS if name.startswith("vehicle_"))
PART_TABLES = tuple(name for name in SCHEMAS if name.startswith("part_"))


@dataclass(frozen=True, slots=True)
class Signals:
    """promoted: mart_vehicle_driver. known: mart_vehicle_need_known. None: nothing is known of it.
    marks: fct_sales_outlier in force (`cleaning.marks_on`); None: no month is marked.
    """

    promoted: pl.DataFrame | None
    known: pl.DataFrame | None
    marks: pl.DataFrame | None = None

    def drivers(self) -> pl.DataFrame | None:
        if self.promoted is None or self.promoted.is_empty():
            return None
        return self.promoted.select(
            "outlet_id", "series", "promotion_share", "price_change", month="sales_month"
        )

    def known_ahead(self) -> pl.DataFrame | None:
        if self.known is None or self.known.is_empty():
            return None
        return self.known.select(
            "outlet_id", "series", "cut_month", "promised_units", "ordered_units", "open_leads",
            month="need_month", certain="delivered_units",
        )  # fmt: skip


@dataclass(frozen=True, slots=True)
class Tables:
    """Engine tables by name, each with the columns of SCHEMAS."""

    frames: dict[str, pl.DataFrame]

    def rows(self, table: str) -> int:
        return self.frames[table].height


@dataclass(frozen=True, slots=True)
class Announced:
    """What is known of numbers ahead. relations: fct_part_supersession. launches: fct_part_launch."""

    relations: pl.DataFrame
    launches: pl.DataFrame


def project_parts(demand: pl.DataFrame, need: pl.DataFrame, ahead: Announced, as_of: date) -> Tables:
    """demand: mart_part_demand_month, need: mart_part_need_known.

    Stock-outs hid demand, so the corrected units are projected.
    """
    if demand.is_empty():
        return _empty(*PART_TABLES)
    history = demand.select("outlet_id", "part_id", month="demand_month", units="corrected_units")
    known = need.select(
        "outlet_id", "part_id", "cut_month", "booked_units", "open_order_units", month="need_month",
        certain="asked_units",
    )  # fmt: skip
    found = forecast_parts(
        history,
        horizon=PART_HORIZON,
        known=known,
        moves=announced(ahead.relations, as_of),
        launches=known_plans(ahead.launches, as_of),
    )
    return _shaped(
        part_forecast=found.monthly.rename({"month": "forecast_month"}),
        part_series=found.series,
        part_rate_ahead=found.path,
        part_backtest=found.losses,
        part_need_backtest=found.known.rename({"group": "demand_class"}),
    )


def project_vehicles(
    sales: pl.DataFrame, launches: pl.DataFrame, products: pl.DataFrame, signals: Signals | None = None
) -> Tables:
    """sales: mart_vehicle_sales_month. launches: fct_launch_plan; what has no history sells by analogy.
    products: dim_product, for what replaced what before.
    """
    if sales.is_empty():
        return _empty(*VEHICLE_TABLES)
    history = sales.select(
        "market", "outlet_id", "series", region="region_path", month="sales_month", units="units"
    )
    given = signals or Signals(None, None)
    learnt = history if given.marks is None else cleaned(history, given.marks)
    found = forecast_vehicles(
        learnt, horizon=VEHICLE_HORIZON, drivers=given.drivers(), known=given.known_ahead()
    )
    renamed = {"month": "forecast_month", "region": "region_path"}
    plain, levels = found.monthly.rename(renamed), found.levels.rename(renamed)
    past = past_launches(history, _replaced(launches, products))
    plans, run_outs = taught_all([_launch(row) for row in launches.iter_rows(named=True)], past)
    monthly = with_launches(plain, plans)
    if not launches.is_empty():
        levels = levels_with_launches(levels, plain, monthly, _LEVEL_KEYS)
    return _shaped(
        vehicle_forecast=monthly,
        vehicle_level_forecast=levels,
        vehicle_accuracy=found.accuracy,
        vehicle_backtest=found.backtest.rename(renamed),
        vehicle_signal=pl.concat([found.signals, run_outs]),
        vehicle_run_out=past,
        vehicle_uplift=_uplift(monthly, found.moved.rename(renamed)),
        vehicle_cleaned_history=_marked(learnt).rename({"month": "sales_month", "region": "region_path"}),
    )


def _uplift(monthly: pl.DataFrame, moved: pl.DataFrame) -> pl.DataFrame:
    """Cars of each month that events and prices bring; null where they are not used, as for a launch."""
    found = monthly.join(moved, on=["outlet_id", "series", "forecast_month"], how="left")
    return found.with_columns(uplift_units=pl.col("mean") * pl.col("share"))


def _marked(learnt: pl.DataFrame) -> pl.DataFrame:
    """The months of the history that are not learnt from as they came."""
    if "cleaned_units" not in learnt.columns:
        learnt = learnt.with_columns(cleaned_units="units", sales_outlier_id=pl.lit(None, dtype=pl.String))
    return learnt.filter(pl.col("sales_outlier_id").is_not_null())


def _replaced(launches: pl.DataFrame, products: pl.DataFrame) -> pl.DataFrame:
    """Series and the series it replaced, as products and launch plans say."""
    named = products.select("series", replaced_series="predecessor_series")
    return pl.concat([named, launches.select("series", "replaced_series")]).drop_nulls().unique()


def _launch(row: dict[str, Any]) -> Launch:
    names = ("series", "region_path", "analogous_series", "launch_month", "ramp_months", "replaced_series",
             "run_out_months")  # fmt: skip
    return Launch(**{name: row[name] for name in names}, scale=row["scale_percent"] / 100)


def series_without_forecast(demand: pl.DataFrame, series: pl.DataFrame) -> pl.DataFrame:
    """Parts with history but no finite rate of zero or more: they would silently never be ordered."""
    rate = pl.col("mean_units_per_month")
    usable = series.filter(rate.is_finite() & (rate >= 0))
    keys = list(_PART_KEY)
    return demand.select(keys).unique().join(usable, on=keys, how="anti").sort(keys)


def _shaped(**frames: pl.DataFrame) -> Tables:
    return Tables(
        {name: frame.select(SCHEMAS[name].names()).cast(SCHEMAS[name]) for name, frame in frames.items()}
    )


def _empty(*names: str) -> Tables:
    return Tables({name: pl.DataFrame(schema=SCHEMAS[name]) for name in names})
