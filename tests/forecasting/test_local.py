"""The cheap local methods file to file: the same numbers as the loop over periods, or a refusal."""

from datetime import date
from pathlib import Path

import numpy as np
import polars as pl
import pytest

from forecasting.frames import HistoryError
from forecasting.intermittent import croston_sba, tsb
from forecasting.local import LocalMethod, forecast_local

pytestmark = pytest.mark.fast

MONTHS = pl.date_range(date(2022, 1, 1), date(2023, 12, 1), "1mo", eager=True)


def sparse(series: int = 40) -> np.ndarray:
    """(periods, series), most zero; the first series never sells, the second from the first period on."""
    random = np.random.default_rng(5)
    units = random.poisson(2.0, (24, series)) * (random.random((24, series)) < 0.3).astype(float)
    units[:, 0], units[0, 1] = 0.0, 3.0
    return units


def written(folder: Path, units: np.ndarray) -> Path:
    rows = pl.concat(
        [
            pl.DataFrame({"unique_id": f"s{i:03d}", "ds": MONTHS, "y": units[:, i]})
            for i in range(units.shape[1])
        ]
    )
    path = folder / "history.parquet"
    rows.write_parquet(path)
    return path


def means(path: Path, method: LocalMethod, tmp_path: Path) -> pl.DataFrame:
    out = tmp_path / "out.parquet"
    assert (
        forecast_local(path, method=method, horizon=2, out=out)
        == 2 * pl.read_parquet(path)["unique_id"].n_unique()
    )
    return pl.read_parquet(out)


def test_the_weighted_sums_equal_the_loop_over_periods(tmp_path):
    units = sparse()
    path = written(tmp_path, units)
    smoothed = units[0].copy()
    for y in units[1:]:
        smoothed += 0.1 * (y - smoothed)
    expected = {
        LocalMethod.croston_sba: croston_sba(units, [24], alpha=0.1)[0],
        LocalMethod.tsb: tsb(units, [24], alpha_size=0.1, alpha_chance=0.1)[0],
        LocalMethod.simple_smoothing: smoothed,
    }
    for method, rate in expected.items():
        table = means(path, method, tmp_path)
        assert table["ds"].unique().sort().to_list() == [date(2024, 1, 1), date(2024, 2, 1)]
        assert table.columns == ["unique_id", "ds", "mean"]
        assert table["mean"].to_numpy().reshape(-1, 2)[:, 0] == pytest.approx(rate, abs=1e-12), method
    assert means(path, LocalMethod.croston_sba, tmp_path)["mean"][0] == 0


@pytest.mark.parametrize(
    ("change", "match"),
    [
        (lambda d: d[1:], "different length"),
        (lambda d: d.sort("ds"), "not sorted by unique_id"),
        (lambda d: pl.concat([d[:24], d[24:48], d[:24]]), "not sorted by unique_id"),
        (lambda d: d.reverse(), "not sorted by ds"),
        (lambda d: d.with_columns(y=pl.col("y") - 1), "negative"),
        (lambda d: d.with_columns(y=pl.when(pl.col("y") == 3).then(None).otherwise("y")), "empty"),
        (lambda d: d.clear(), "empty"),
    ],
)
def test_a_file_that_is_not_one_block_is_refused_with_the_remedy(tmp_path, change, match):
    path = written(tmp_path, sparse())
    change(pl.read_parquet(path)).write_parquet(path)
    with pytest.raises(HistoryError, match=match):
        forecast_local(path, method=LocalMethod.tsb, horizon=1, out=tmp_path / "out.parquet")
    assert not (tmp_path / "out.parquet").exists()
