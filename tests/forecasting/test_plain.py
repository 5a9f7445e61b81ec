"""Plain files: every kind of series gets the right answer or an error that names field, rule and remedy."""

from datetime import date, timedelta
from pathlib import Path

import numpy as np
import polars as pl
import pytest

from forecasting.frames import Frequency, HistoryError
from forecasting.periods import detect_frequency
from forecasting.plain import backtest_file, forecast_file

pytestmark = pytest.mark.fast

MONTHS = pl.date_range(date(2021, 1, 1), date(2023, 12, 1), "1mo", eager=True).to_list()


def write(path: Path, series: dict[str, dict[date, object]]) -> Path:
    rows = [(name, day, y) for name, days in series.items() for day, y in days.items()]
    pl.DataFrame(rows, schema=["unique_id", "ds", "y"], orient="row", infer_schema_length=None).write_parquet(
        path
    )
    return path


def months(*units: float) -> dict[date, object]:
    """The last months of the file, one value each."""
    return dict(zip(MONTHS[-len(units) :], map(float, units), strict=True))


def csv(path: Path, text: str) -> Path:
    path.write_text("unique_id,ds,y\n" + text)
    return path


def forecast(path: Path, horizon: int = 3) -> pl.DataFrame:
    return forecast_file(path, horizon=horizon, out=path.with_name("out.parquet"), levels=(0.1, 0.5, 0.95))


def test_the_written_file_is_what_was_returned_and_has_the_asked_columns(tmp_path):
    source = write(tmp_path / "in.parquet", {"a": months(*[3, 0, 2] * 12), "b": months(*[0, 1] * 18)})
    got = forecast(source)
    assert got.columns == ["unique_id", "ds", "mean", "q0.1", "q0.5", "q0.95", "method"]
    assert got.equals(pl.read_parquet(tmp_path / "out.parquet"))
    assert got["ds"].unique().sort().to_list() == [date(2024, 1, 1), date(2024, 2, 1), date(2024, 3, 1)]


def test_an_all_zero_series_is_forecast_zero(tmp_path):
    got = forecast(
        write(tmp_path / "in.parquet", {"none": months(*[0] * 36), "some": months(*[2, 0, 1] * 12)})
    )
    assert got.filter(pl.col("unique_id") == "none").select("mean", "q0.95").unique().row(0) == (0.0, 0.0)


def test_a_constant_series_is_forecast_itself_without_spread(tmp_path):
    got = forecast(write(tmp_path / "in.parquet", {"rent": months(*[5] * 36)}))
    assert got.select("mean", "q0.1", "q0.95").unique().row(0) == pytest.approx((5, 5, 5))
    # beside a series that moves, whose season and model are no business of its
    moving = months(*[3, 9, 14, 6, 2, 11] * 6)
    got = forecast(write(tmp_path / "two.parquet", {"rent": months(*[2.5] * 36), "sold": moving}))
    assert got.filter(unique_id="rent").select("mean", "q0.1", "q0.95").unique().row(0) == (2.5, 2.5, 2.5)


@pytest.mark.parametrize("length", [1, 2, 3, 7])
def test_a_short_series_is_forecast_by_its_mean_or_last_value(tmp_path, length):
    got = forecast(write(tmp_path / "in.parquet", {"short": months(*[4, 6, 4, 6, 4, 6, 4][:length])}))
    assert got["mean"].is_between(4, 6).all()


def test_a_gap_is_unknown_and_not_zero(tmp_path):
    holes = {
        day: y for i, (day, y) in enumerate(months(*[8, 10, 12] * 12).items()) if i not in (5, 6, 7, 20, 33)
    }
    got = forecast(write(tmp_path / "in.parquet", {"gappy": holes}))
    assert got["mean"].to_list() == [8, 10, 12]


def test_an_empty_value_is_the_same_as_no_row(tmp_path):
    whole = months(*[8, 10, 12] * 12)
    holes = {day: y for i, (day, y) in enumerate(whole.items()) if i != 9}
    empty = {day: (None if i == 9 else y) for i, (day, y) in enumerate(whole.items())}
    one = forecast(write(tmp_path / "holes.parquet", {"a": holes}))
    assert one.equals(forecast(write(tmp_path / "empty.parquet", {"a": empty})))


def test_a_spreadsheet_and_a_text_file_are_read_like_parquet(tmp_path):
    kept = write(tmp_path / "in.parquet", {"a": months(*[8, 10, 12] * 12)})
    table = pl.read_parquet(kept)
    table.write_excel(tmp_path / "in.xlsx")
    table.write_csv(tmp_path / "in.csv")
    assert forecast(tmp_path / "in.xlsx").equals(forecast(kept))
    assert forecast(tmp_path / "in.csv").equals(forecast(kept))


def test_a_series_that_ended_earlier_is_forecast_from_the_files_end(tmp_path):
    ended = dict(list(months(*[5, 6, 7] * 12).items())[:30])
    got = forecast(write(tmp_path / "in.parquet", {"ended": ended, "runs": months(*[1, 2] * 18)}))
    assert got.filter(pl.col("unique_id") == "ended")["ds"].min() == date(2024, 1, 1)


def test_values_that_are_not_whole_keep_their_unit(tmp_path):
    rng = np.random.default_rng(0)
    got = forecast(
        write(tmp_path / "in.parquet", {"share": months(*(0.02 + 0.002 * rng.standard_normal(36)))})
    )
    assert got["mean"].is_between(0.015, 0.025).all()
    assert got["q0.1"].is_between(0.014, 0.0199).all()
    assert got["q0.95"].is_between(0.0205, 0.028).all()


@pytest.mark.parametrize(("step", "frequency"), [(7, Frequency.weekly), (1, Frequency.daily)])
def test_weeks_and_days_are_recognised_and_continued(tmp_path, step, frequency):
    days = {date(2024, 1, 1) + timedelta(days=step * i): float(i % 7 + 1) for i in range(70)}
    source = write(tmp_path / "in.parquet", {"a": days})
    assert detect_frequency(pl.read_parquet(source)) is frequency
    got = forecast(source)
    assert got["ds"].to_list() == [max(days) + timedelta(days=step * h) for h in (1, 2, 3)]


def test_a_weekday_pattern_is_forecast_better_than_by_its_mean(tmp_path):
    days = {date(2024, 1, 1) + timedelta(days=i): float([0, 9, 9, 9, 9, 20, 0][i % 7]) for i in range(140)}
    got = forecast(write(tmp_path / "in.parquet", {"shop": days}), horizon=7)
    assert got["mean"].to_list() == pytest.approx([0, 9, 9, 9, 9, 20, 0], abs=2)


def test_month_ends_are_months(tmp_path):
    ends = {day: float(i % 3) for i, day in enumerate(pl.Series(MONTHS).dt.month_end().to_list())}
    got = forecast(write(tmp_path / "in.parquet", {"a": ends}))
    assert got["ds"].to_list() == [date(2024, 1, 31), date(2024, 2, 29), date(2024, 3, 31)]


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("a,2024-01-01,3\na,2024-02-01,-2\n", ["unique_id=a", "2024-02-01", "negative y", "floor at 0"]),
        ("a,2024-01-01,3\na,2024-01-01,4\n", ["unique_id=a", "2024-01-01", "twice", "add the rows"]),
        ("a,2024-01-01,3\na,2024-02-01,many\n", ["unique_id=a", "2024-02-01", "'many'", "number"]),
        ("a,2024-01-01,3\na,soon,4\n", ["ds", "unique_id=a", "'soon'", "2024-01-31"]),
        ("a,2024-01-01,\na,2024-02-01,\n", ["unique_id=a", "no y at all", "leave"]),
        ("", ["no rows"]),
        ("a,01/02/2024,1\na,01/03/2024,2\n", ["ds", "unique_id=a", "'01/02/2024'", "2024-01-31"]),
        ("a,2020-01-01,1\na,2021-01-01,1\na,2022-01-01,1\n", ["multiple of 12 months", "weekly and daily"]),
    ],
)
def test_what_cannot_be_forecast_is_refused_with_field_rule_and_remedy(tmp_path, text, words):
    with pytest.raises(HistoryError) as refused:
        forecast(csv(tmp_path / "in.csv", text))
    assert all(word in str(refused.value) for word in words), refused.value


def test_an_instant_with_a_zone_is_the_day_of_that_zone_in_parquet_and_in_text(tmp_path):
    local = pl.DataFrame({"unique_id": "a", "ds": MONTHS, "y": [3.0, 4.0] * 18}).with_columns(
        pl.col("ds").cast(pl.Datetime).dt.replace_time_zone("Asia/Dubai")
    )
    local.write_parquet(tmp_path / "in.parquet")
    text = local.with_columns(pl.col("ds").dt.to_string("%Y-%m-%dT%H:%M:%S%z"))
    text.write_csv(tmp_path / "in.csv")
    for name in ("in.parquet", "in.csv"):
        assert forecast(tmp_path / name, horizon=1)["ds"].to_list() == [date(2024, 1, 1)]


def test_months_among_days_and_a_file_of_no_bytes_are_refused_with_a_remedy(tmp_path):
    days = {date(2024, 1, 1) + timedelta(days=i): 1.0 for i in range(60)}
    source = write(tmp_path / "in.parquet", {"a": months(*[3] * 12), "b": days})
    with pytest.raises(HistoryError, match=r"unique_id=a is a month in a daily file.*of their own"):
        forecast(source)
    (tmp_path / "none.csv").write_text("")
    with pytest.raises(HistoryError, match="no rows"):
        forecast(tmp_path / "none.csv")


def test_a_missing_column_a_wrong_ending_and_a_wrong_level_are_named(tmp_path):
    bad = tmp_path / "in.csv"
    bad.write_text("id,ds,y\na,2024-01-01,1\n")
    with pytest.raises(HistoryError, match="no column unique_id"):
        forecast(bad)
    good = csv(tmp_path / "good.csv", "a,2024-01-01,1\n")
    with pytest.raises(HistoryError, match=r"out must end in \.parquet or \.csv"):
        forecast_file(good, horizon=1, out=tmp_path / "out.xlsx")
    with pytest.raises(HistoryError, match="quantiles must lie"):
        forecast_file(good, horizon=1, out=tmp_path / "out.csv", levels=(0.5, 95))
    with pytest.raises(HistoryError, match=r"needs 10 periods of history, the file has 1"):
        backtest_file(good, horizon=6, origins=3)


def test_a_backtest_judges_only_what_was_held_out(tmp_path):
    rng = np.random.default_rng(4)
    units = {f"p{i}": rng.poisson(3, 36).astype(float) for i in range(30)}
    source = write(tmp_path / "in.parquet", {name: months(*y) for name, y in units.items()})
    figures = {f.name: f for f in backtest_file(source, horizon=4, origins=2, levels=(0.1, 0.9))}
    assert set(figures) == {
        "wape",
        "bias",
        "weighted_quantile_loss",
        "coverage_0.1",
        "coverage_0.9",
        "mase",
        "rmsse",
        "scaled_pinball",
    }
    assert all(f.runs == 2 for f in figures.values())
    assert figures["wape"].peer == "seasonal_naive"
    assert figures["coverage_0.9"].peer_value == 0.9
    naive = sum(abs(y[t] - y[t - 12]) for y in units.values() for t in [*range(31, 35), *range(32, 36)])
    total = sum(y[t] for y in units.values() for t in [*range(31, 35), *range(32, 36)])
    assert figures["wape"].peer_value == pytest.approx(naive / total)
    assert figures["wape"].ratio < 0.85  # the mean of a Poisson against one draw of it: about 1 / sqrt 2
