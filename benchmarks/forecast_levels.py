"""New cars in Norway by model, make and in total: MASE on rolling origins, ours and the libraries'.

In: makes and the models of each month's top 20. A model that is listed in 90 months or more is a series; the
rest of its make is another, makes not listed in every month are one. Every method sees the same months.
"""

from __future__ import annotations

import warnings
from datetime import date
from pathlib import Path

import numpy as np
import polars as pl
from numpy.typing import NDArray

from benchmarks.figures import Figure

Floats = NDArray[np.float64]

HORIZON, SEASON, ORIGINS, STEP = 6, 12, 8, 3
LISTED = 90
GOAL = 0.90
KEYS = ("make", "unique_id")


def rolling(folder: Path) -> list[Figure]:
    makes, models = folder / "vehicles_norway_make.parquet", folder / "vehicles_norway_model_top20.parquet"
    if not makes.exists() or not models.exists():
        print(f"{makes.name} is not here: vehicles are not measured")
        return []
    history = tidy(pl.read_parquet(makes), pl.read_parquet(models))
    whole = _levels(history)
    days = history["ds"].unique().sort().to_list()
    cuts = [days[len(days) - HORIZON - STEP * back - 1] for back in range(ORIGINS - 1, -1, -1)]
    ours, inside = _ours(history, whole, cuts)
    peers = _peers(whole, cuts)
    figures = []
    for level, value in ours.items():
        best = min(peers, key=lambda name: peers[name][level])
        figures += [
            Figure(
                name=f"new cars, MASE of {level}, against {name}",
                value=round(value, 4),
                unit="MASE",
                peer=name,
                peer_value=round(found[level], 4),
                ratio=round(value / found[level], 3),
                goal=f"at most {GOAL} of the best peer" if name == best else None,
                holds=value <= GOAL * found[level] if name == best else None,
                runs=ORIGINS,
            )
            for name, found in peers.items()
        ]
        figures.append(
            Figure(
                name=f"new cars, {level}, between 10 and 90 %",
                value=round(inside[level], 3),
                unit="share",
                peer="nominal",
                peer_value=0.8,
                goal="77 to 83 %",
                holds=0.77 <= inside[level] <= 0.83,
                runs=ORIGINS,
            )
        )
    return figures


def tidy(makes: pl.DataFrame, models: pl.DataFrame) -> pl.DataFrame:
    """make, unique_id, ds, y: whole units whose sums are the makes' (one negative rest becomes 0)."""
    makes = makes.group_by("unique_id", "ds").agg(pl.col("y").sum())
    always = makes.group_by("unique_id").agg(n=pl.len()).filter(pl.col("n") == makes["ds"].n_unique())
    named = pl.col("unique_id").is_in(always["unique_id"].to_list())
    makes = makes.with_columns(make=pl.when(named).then("unique_id").otherwise(pl.lit("other makes")))
    makes = makes.group_by("make", "ds").agg(pl.col("y").sum())
    listed = models.group_by("Model").agg(n=pl.len()).filter(pl.col("n") >= LISTED)["Model"].to_list()
    once = models.group_by(make="Make", unique_id="Model", ds="ds").agg(
        pl.col("y").sum()
    )  # a month lists one twice
    kept = once.filter(pl.col("unique_id").is_in(listed))
    kept = kept.filter(pl.col("make").is_in(makes["make"].unique().to_list()))
    sold = kept.group_by("make", "ds").agg(listed=pl.col("y").sum())
    rest = makes.join(sold, on=["make", "ds"], how="left").select(
        "make",
        "ds",
        unique_id=pl.lit("rest of ") + pl.col("make"),
        y=(pl.col("y") - pl.col("listed").fill_null(0)).clip(0),
    )
    rows = pl.concat([kept, rest.select(kept.columns)])
    grid = rows.select(KEYS).unique().join(rows.select("ds").unique(), how="cross")
    return (
        grid.join(rows, on=[*KEYS, "ds"], how="left")
        .with_columns(pl.col("y").fill_null(0.0))
        .sort(*KEYS, "ds")
    )


def _levels(history: pl.DataFrame) -> pl.DataFrame:
    """level, node, ds, y."""
    parts = {"models": pl.col("unique_id"), "makes": pl.col("make"), "total": pl.lit("total")}
    return pl.concat(
        history.group_by(node=node, ds="ds").agg(pl.col("y").sum()).with_columns(level=pl.lit(level))
        for level, node in parts.items()
    ).sort("level", "node", "ds")


def _ours(
    history: pl.DataFrame, whole: pl.DataFrame, cuts: list[date]
) -> tuple[dict[str, float], dict[str, float]]:
    from forecasting.frames import to_panel
    from forecasting.hierarchy import Hierarchy
    from forecasting.vehicles import forecast_hierarchy

    levels = {"models": KEYS, "makes": ("make",), "total": ()}
    hierarchy = Hierarchy(levels=levels, market=(), family=("make",), path=("total", "makes", "models"))
    node = pl.coalesce("unique_id", "make", pl.lit("total"))
    found = []
    for cut in cuts:
        panel = to_panel(history.filter(pl.col("ds") <= cut), KEYS, period="ds", units="y")
        table = forecast_hierarchy(
            panel, hierarchy, horizon=HORIZON, countries=["NO"] * panel.keys.height
        ).levels
        found.append(
            table.select("level", node=node, ds="month", f="mean", low="q10", high="q90", cut=pl.lit(cut))
        )
    rows = pl.concat(found).join(whole, on=["level", "node", "ds"])
    inside = rows.group_by("level").agg(
        ((pl.col("y") >= pl.col("low")) & (pl.col("y") <= pl.col("high"))).mean()
    )
    return _mase(rows, whole, cuts), dict(inside.iter_rows())


def _peers(whole: pl.DataFrame, cuts: list[date]) -> dict[str, dict[str, float]]:
    """Each library's method at every level by itself, and its bottom added up."""
    from statsforecast import StatsForecast
    from statsforecast.models import AutoARIMA, AutoETS, AutoTheta, SeasonalNaive

    models = [
        SeasonalNaive(SEASON, alias="seasonal naive"),
        AutoETS(season_length=SEASON, alias="AutoETS"),
        AutoTheta(season_length=SEASON, alias="AutoTheta"),
        AutoARIMA(season_length=SEASON, approximation=True, alias="AutoARIMA"),
    ]
    long = whole.select(unique_id=pl.col("level") + "|" + pl.col("node"), ds="ds", y="y")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        engine = StatsForecast(models=models, freq="1mo", n_jobs=2)
        table = engine.cross_validation(df=long, h=HORIZON, n_windows=ORIGINS, step_size=STEP)
    at = pl.col("unique_id").str.split("|")
    table = table.with_columns(level=at.list.first(), node=at.list.last())
    own = {str(m): table.select("level", "node", "ds", "y", f=str(m), cut="cutoff") for m in models}
    return {name: _mase(rows, whole, cuts) for name, rows in own.items()}


def _mase(rows: pl.DataFrame, whole: pl.DataFrame, cuts: list[date]) -> dict[str, float]:
    """Mean over the nodes of a level; the scale is the yearly difference before the first origin."""
    at = ["level", "node"]
    year = whole.with_columns(step=(pl.col("y") - pl.col("y").shift(SEASON).over(at)).abs())
    scale = year.filter(pl.col("ds") <= cuts[0]).group_by(at).agg(scale=pl.col("step").mean())
    errors = rows.group_by(at).agg(error=(pl.col("f") - pl.col("y")).abs().mean()).join(scale, on=at)
    table = (
        errors.filter(pl.col("scale") > 0).group_by("level").agg((pl.col("error") / pl.col("scale")).mean())
    )
    return dict(table.iter_rows())
