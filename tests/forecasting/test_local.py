"""The cheap local methods file to file: the same numbers as the loop over periods, or a refusal."""

from datetime import date
from pathlib import Path

import numpy as np
import polars as pl
import pyarrow.parquet as pq
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


@pytest.mark.parametrize("rows_together", [7, 24, 100])
@pytest.mark.parametrize("name", ["s", "a name longer than the twelve bytes that stand beside its length "])
def test_a_series_may_be_stored_in_several_pieces_and_under_a_long_name(tmp_path, rows_together, name):
    path = written(tmp_path, sparse())
    expected = means(path, LocalMethod.croston_sba, tmp_path)["mean"].to_list()
    rows = pl.read_parquet(path).with_columns(unique_id=name + pl.col("unique_id"))
    # without a dictionary every row holds its name anew
    pq.write_table(rows.to_arrow(), path, row_group_size=rows_together, use_dictionary=False)
    assert pl.read_parquet(path)["y"].n_chunks() == -(-len(rows) // rows_together)
    table = means(path, LocalMethod.croston_sba, tmp_path)
    assert table["mean"].to_list() == pytest.approx(expected, abs=1e-12)
    assert table["unique_id"].to_list() == [f"{name}s{i:03d}" for i in range(40) for _ in range(2)]


@pytest.mark.parametrize("rows_together", [7, 24])
def test_a_series_that_comes_back_is_refused_however_the_file_is_stored(tmp_path, rows_together):
    path = written(tmp_path, sparse())
    rows = pl.read_parquet(path)
    again = rows[:24].with_columns(unique_id=pl.lit("s") + "001")
    pl.concat([rows, again]).write_parquet(path, row_group_size=rows_together)
    with pytest.raises(HistoryError, match="not sorted by unique_id"):
        forecast_local(path, method=LocalMethod.tsb, horizon=1, out=tmp_path / "out.parquet")


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
