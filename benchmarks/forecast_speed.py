"""100,000 simulated series: the cheap methods file to file, and the whole parts engine.

In: negative binomial demand, most months zero. Out: seconds, ours and statsforecast's on the same file in
turn, equal forecasts asserted, beside reading and writing alone, which no method can be faster than; seconds
and memory of `forecast_parts` in a process of its own.
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

from benchmarks.figures import Figure, ratio_of

SERIES, PERIODS, HORIZON, RUNS = 100_000, 48, 12, 3
LOCAL_GOAL, WHOLE_GOAL, MEMORY_GOAL = 25, 60.0, 4.0


def speed() -> list[Figure]:
    with tempfile.TemporaryDirectory() as folder:
        source = Path(folder) / "history.parquet"
        history().write_parquet(source)
        return [*_local(source), *_whole(source)]


def history() -> pl.DataFrame:
    """unique_id, ds, y; means from .03 to 2 a month."""
    random = np.random.default_rng(1)
    mean = np.exp(random.uniform(np.log(0.03), np.log(2), SERIES))[:, None]
    units = random.negative_binomial(2, 2 / (2 + mean), (SERIES, PERIODS)).astype(float)
    months = pl.date_range(date(2022, 1, 1), date(2025, 12, 1), "1mo", eager=True)
    ids = pl.Series("unique_id", [f"p{i:06d}" for i in range(SERIES)])
    return pl.DataFrame({"unique_id": ids[np.repeat(np.arange(SERIES), PERIODS)]}).with_columns(
        ds=months[np.tile(np.arange(PERIODS), SERIES)], y=pl.Series(units.ravel())
    )


def _local(source: Path) -> list[Figure]:
    from statsforecast import StatsForecast
    from statsforecast.models import TSB, CrostonSBA, SimpleExponentialSmoothing

    from forecasting.local import LocalMethod, forecast_local

    peers = {
        LocalMethod.croston_sba: CrostonSBA(alias="peer"),
        LocalMethod.tsb: TSB(0.1, 0.1, alias="peer"),
        LocalMethod.simple_smoothing: SimpleExponentialSmoothing(0.1, alias="peer"),
    }
    figures, mine_out, peer_out = [], source.with_name("mine.parquet"), source.with_name("peer.parquet")
    for method, model in peers.items():
        ours, theirs = [], []
        for _ in range(RUNS):
            began = time.monotonic()
            forecast_local(source, method=method, horizon=HORIZON, out=mine_out)
            ours.append(time.monotonic() - began)
            began = time.monotonic()
            engine = StatsForecast(models=[model], freq="1mo")
            engine.forecast(df=pl.read_parquet(source), h=HORIZON).write_parquet(peer_out)
            theirs.append(time.monotonic() - began)
        mine, peer = pl.read_parquet(mine_out), pl.read_parquet(peer_out)
        assert mine["ds"].equals(peer["ds"])
        assert np.allclose(mine["mean"].to_numpy(), peer["peer"].to_numpy(), rtol=0, atol=1e-9)
        faster = ratio_of(theirs, ours)
        figures.append(
            Figure(
                name=f"{method}, {SERIES:,} series file to file, equal forecasts",
                value=round(float(np.median(ours)), 3),
                unit="s",
                peer="statsforecast",
                peer_value=round(float(np.median(theirs)), 3),
                ratio=round(faster, 1),
                goal=f"{LOCAL_GOAL} times as fast",
                holds=faster >= LOCAL_GOAL,
                runs=RUNS,
            )
        )
    return [*figures, _floor(source, peer_out)]


def _floor(source: Path, result: Path) -> Figure:
    """Reading the history and writing a result of that size, nothing checked and nothing computed."""
    answer, taken = pl.read_parquet(result), []
    for _ in range(RUNS):
        began = time.monotonic()
        pl.read_parquet(source)
        answer.write_parquet(result, compression="lz4", statistics=False)
        taken.append(time.monotonic() - began)
    seconds = round(float(np.median(taken)), 3)
    return Figure(name="reading and writing the same rows alone", value=seconds, unit="s", runs=RUNS)


def _whole(source: Path) -> list[Figure]:
    done = subprocess.run(
        [sys.executable, "-m", "benchmarks.forecast_speed", str(source)],
        check=True,
        capture_output=True,
        text=True,
    )
    seconds, gigabytes = (float(x) for x in done.stdout.split())
    return [
        Figure(
            name=f"parts engine, {SERIES:,} series: features, model, quantiles",
            value=round(seconds, 1),
            unit="s",
            goal=f"at most {WHOLE_GOAL:.0f} s",
            holds=seconds <= WHOLE_GOAL,
        ),
        Figure(
            name="parts engine, memory",
            value=round(gigabytes, 2),
            unit="GB",
            goal=f"at most {MEMORY_GOAL:.0f} GB",
            holds=gigabytes <= MEMORY_GOAL,
        ),
    ]


def main() -> None:
    """In a process of its own, so that its memory is its own."""
    from forecasting.parts import forecast_parts

    demand = pl.read_parquet(sys.argv[1]).select(
        outlet_id=pl.lit("o1"), part_id="unique_id", month="ds", units="y"
    )
    began = time.monotonic()
    forecast_parts(demand, horizon=HORIZON)
    print(time.monotonic() - began, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e6)


if __name__ == "__main__":
    main()
