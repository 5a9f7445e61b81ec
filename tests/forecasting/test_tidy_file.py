"""A plain file as people save it: read as it is meant, or refused with field, rule and remedy."""

import json
from datetime import date
from pathlib import Path

import numpy as np
import polars as pl
import pytest
from typer.testing import CliRunner

from forecasting.boosted import boosted
from forecasting.boosted_months import boosted_months
from forecasting.frames import HistoryError
from forecasting.local import LocalMethod, forecast_local
from forecasting.periods import detect_frequency
from forecasting.plain import forecast_file
from forecasting.plain_levels import forecast_levels_file, read_levels
from forecasting.tidy_file import checked_quantiles, read_tidy
from pipelines.commands_on_files import engines

pytestmark = pytest.mark.fast

MONTHS = pl.date_range(date(2022, 1, 1), date(2023, 12, 1), "1mo", eager=True).to_list()


def text(path: Path, *lines: str, header: str = "unique_id,ds,y") -> Path:
    path.write_text("\n".join([header, *lines]) + "\n")
    return path


def monthly(name: str, *, after: str = "") -> list[str]:
    return [f"{name},{day},{i % 3 + 4}{after}" for i, day in enumerate(MONTHS)]


def test_an_id_in_text_keeps_its_zeros_and_so_does_a_code_of_the_hierarchy(tmp_path):
    found = read_tidy(
        text(tmp_path / "a.csv", "007,2024-01-01,1,010", "7,2024-01-01,2,020", header="unique_id,ds,y,region")
    )
    assert found.rows["unique_id"].to_list() == ["007", "7"]
    assert found.levels == ("region",)
    # thousands of numbers before the first name: nothing is inferred from the first rows
    many = [f"{i},2024-01-01,1" for i in range(2_000)] + ["K1,2024-01-01,1.5"]
    assert read_tidy(text(tmp_path / "b.csv", *many)).rows["unique_id"].to_list()[-1] == "K1"


def test_a_column_that_holds_no_names_is_no_level_and_is_told(tmp_path):
    lines = monthly("a", after=",north,3.5,true,")
    source = text(tmp_path / "a.csv", *lines, header="unique_id,ds,y,region,price,flag,remark")
    found = read_tidy(source)
    assert (found.levels, found.unused) == (("region",), ("price", "flag", "remark"))
    done = CliRunner().invoke(
        engines, ["forecast", str(source), "--out", str(tmp_path / "o.parquet"), "--json"]
    )
    assert json.loads(done.output)["not_used"] == ["price", "flag", "remark"]


@pytest.mark.parametrize(
    ("header", "line", "y"),
    [
        ("unique_id;ds;y", "a;2024-01-01;1,5", 1.5),
        ("unique_id\tds\ty", "a\t2024-01-01\t 1.5 ", 1.5),
        ("\ufeffunique_id, ds,y", "a,2024-01-01,1.5", 1.5),
        ("unique_id,ds,y", "a,2024-01,1.5\n,,", 1.5),
    ],
)
def test_text_is_read_with_its_separator_its_decimals_its_blanks_and_its_months(tmp_path, header, line, y):
    rows = read_tidy(text(tmp_path / "a.csv", line, header=header)).rows
    assert rows.row(0, named=True) == {"unique_id": "a", "ds": date(2024, 1, 1), "y": y}


def test_a_quoted_empty_y_is_unknown(tmp_path):
    assert read_tidy(text(tmp_path / "a.csv", "a,2024-01-01,3", 'a,2024-02-01,""')).rows.height == 1


@pytest.mark.parametrize(
    ("name", "content", "words"),
    [
        ("a.xlsx", b"unique_id,ds,y\n", ["a.xlsx", "cannot be read", "save it again"]),
        ("a.parquet", b"unique_id,ds,y\n", ["a.parquet", "cannot be read"]),
        ("a.csv", "unique_id,ds,y\ncafé,2024-01-01,1\n".encode("latin1"), ["utf-8", "UTF-8"]),
        ("a.csv", b"unique_id,ds,y\na,2024-01-01,1,2\n", ["more fields", "as many fields in every line"]),
        ("a.csv", b"unique_id,ds,y,y\na,2024-01-01,1,2\n", ["column y twice", "leave one"]),
        ("a.csv", b'unique_id,ds,y\na,2024-01-01,"1,5"\n', ["'1,5'", "a point before its decimals"]),
        ("a.csv", b"unique_id,ds,y\na,2024-01-01,1e300\n", ["1e300", "1e+15", "thousands or millions"]),
        ("a.csv", b"unique_id,ds,y\na,2024-01-01,1\na,9999-12-31,1\n", ["9999-12-31", "mistyped"]),
        ("a.csv", b"unique_id,ds,y\na,2024-01-30,1\na,2024-03-30,1\na,2024-04-30,1\n", ["no calendar"]),
    ],
)
def test_what_cannot_be_read_or_counted_is_refused_in_one_sentence(tmp_path, name, content, words):
    (tmp_path / name).write_bytes(content)
    with pytest.raises(HistoryError) as refused:
        forecast_file(tmp_path / name, horizon=1, out=tmp_path / "out.csv")
    assert all(word in str(refused.value) for word in words), refused.value
    assert "\n" not in str(refused.value)


def test_quantiles_rise_and_are_asked_for_once_between_0_and_1():
    assert checked_quantiles((0.9, 0.1)) == (0.1, 0.9)
    with pytest.raises(HistoryError, match=r"quantile 0\.5 is asked for twice"):
        checked_quantiles((0.5, 0.1, 0.5))
    for wrong in ((), (0.0,), (1.0,), (95,), (float("nan"),)):
        with pytest.raises(HistoryError, match="strictly between 0 and 1"):
            checked_quantiles(wrong)


def test_the_way_out_is_asked_before_the_work_and_is_not_the_way_in(tmp_path):
    source = text(tmp_path / "a.csv", *monthly("a"))
    before = source.read_bytes()
    with pytest.raises(HistoryError, match="out is the file that is read"):
        forecast_file(source, horizon=1, out=source)
    assert source.read_bytes() == before
    with pytest.raises(HistoryError, match="there is no folder"):
        forecast_file(source, horizon=1, out=tmp_path / "none" / "o.parquet")
    forecast_file(source, horizon=1, out=tmp_path / "o.parquet")
    assert sorted(p.name for p in tmp_path.iterdir()) == ["a.csv", "o.parquet"]


def test_months_by_any_one_day_are_months_and_quarters_are_quarters():
    mid = pl.DataFrame({"unique_id": "a", "ds": [day.replace(day=15) for day in MONTHS]})
    assert detect_frequency(mid) == "monthly"
    ends = pl.DataFrame({"unique_id": "a", "ds": MONTHS[2::3]}).with_columns(pl.col("ds").dt.month_end())
    assert detect_frequency(ends) == "quarterly"


def test_a_quarterly_season_is_continued_with_and_without_levels(tmp_path):
    quarters = pl.date_range(date(2014, 1, 1), date(2023, 10, 1), "1q", eager=True)
    table = pl.DataFrame(
        {"unique_id": "a", "ds": quarters, "y": [130.0, 70.0, 120.0, 80.0] * 10, "region": "N"}
    )
    table.drop("region").write_parquet(tmp_path / "flat.parquet")
    table.write_parquet(tmp_path / "levels.parquet")
    flat = forecast_file(tmp_path / "flat.parquet", horizon=4, out=tmp_path / "o.csv")
    assert flat["ds"].to_list() == [date(2024, m, 1) for m in (1, 4, 7, 10)]
    assert flat["mean"].to_list() == pytest.approx([130, 70, 120, 80], rel=0.02)
    levels = forecast_levels_file(
        tmp_path / "levels.parquet", horizon=4, out=tmp_path / "o.csv", country="no"
    )
    total = levels.filter(level="total")["mean"].to_list()
    assert total == pytest.approx([130, 70, 120, 80], rel=0.05)


def test_the_future_changes_no_earlier_forecast_of_quarters():
    units = np.random.default_rng(5).poisson(20, (40, 6)).astype(float)
    other = units.copy()
    other[30:] = 900
    same = {"learn_until": 30, "horizon": 2, "season": 4}
    one, two = (boosted(block, [30], **same) for block in (units, other))
    assert (one.mean == two.mean).all()
    first, second = (boosted_months(block, [30], groups=np.arange(6), **same) for block in (units, other))
    assert (first == second).all()


def cars(**columns: object) -> pl.DataFrame:
    table = pl.concat(
        pl.DataFrame({"unique_id": name, "ds": MONTHS, "y": [4.0, 6.0] * 12, "make": make})
        for name, make in (("golf", "VW"), ("ev6", "Kia"))
    )
    return table.with_columns(**columns)


@pytest.mark.parametrize(
    ("table", "words"),
    [
        (cars(make=pl.col("make").replace("VW", "")), ["make of unique_id=golf", "empty", "in every row"]),
        (
            cars(make=pl.when(pl.col("ds") < date(2023, 1, 1)).then(pl.lit("Audi")).otherwise("make")),
            ["unique_id=ev6", "more than one make (Audi, Kia)", "leave make out"],
        ),
        (cars().rename({"make": "level"}), ["column level", "rename it"]),
        (cars().rename({"make": "total"}), ["column total", "rename it"]),
        (
            cars(unique_id=pl.col("unique_id").replace("ev6", "total")),
            ["unique_id=total", "rename the series"],
        ),
    ],
)
def test_a_child_without_one_parent_and_a_name_the_forecast_needs_are_refused(tmp_path, table, words):
    table.write_parquet(tmp_path / "a.parquet")
    with pytest.raises(HistoryError) as refused:
        read_levels(tmp_path / "a.parquet")
    assert all(word in str(refused.value) for word in words), refused.value


def test_with_levels_quantiles_and_country_are_checked_too(tmp_path):
    cars().write_parquet(tmp_path / "a.parquet")
    with pytest.raises(HistoryError, match="strictly between 0 and 1"):
        forecast_levels_file(tmp_path / "a.parquet", horizon=1, out=tmp_path / "o.csv", quantiles=(1.2,))
    with pytest.raises(HistoryError, match=r"country ZZ has no known calendar.*two letters"):
        forecast_levels_file(tmp_path / "a.parquet", horizon=1, out=tmp_path / "o.csv", country="ZZ")


def test_a_node_that_never_varied_has_no_spread_at_any_level(tmp_path):
    cars(y=pl.lit(4.0)).write_parquet(tmp_path / "a.parquet")
    table = forecast_levels_file(tmp_path / "a.parquet", horizon=2, out=tmp_path / "o.csv")
    assert all((table[q] == table["units"]).all() for q in ("q0.1", "q0.99"))
    assert table.filter(level="total")["q0.9"].to_list() == [8, 8]


def test_a_single_method_names_what_it_cannot_read(tmp_path):
    source, out = text(tmp_path / "a.csv", *monthly("a")), tmp_path / "o.parquet"
    with pytest.raises(HistoryError, match=r"reads and writes \.parquet, not a\.csv"):
        forecast_local(source, method=LocalMethod.tsb, horizon=1, out=out)
    pl.DataFrame({"id": [1]}).write_parquet(tmp_path / "b.parquet")
    with pytest.raises(HistoryError, match="no column unique_id, ds, y"):
        forecast_local(tmp_path / "b.parquet", method=LocalMethod.tsb, horizon=1, out=out)


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["--country", "NO"], "needs hierarchy columns"),
        (["--method", "tsb", "--quantiles", "0.5"], "goes without --quantiles"),
        (["--horizon", "100000"], "5000"),
        (["--quantiles", "0.1;0.9"], "numbers such as"),
    ],
)
def test_an_option_that_would_be_passed_over_is_refused(tmp_path, arguments, words):
    source = text(tmp_path / "a.csv", *monthly("a"))
    done = CliRunner().invoke(
        engines, ["forecast", str(source), "--out", str(tmp_path / "o.csv"), *arguments]
    )
    assert (done.exit_code, words in " ".join(done.output.split())) == (2, True)
    assert not (tmp_path / "o.csv").exists()


def test_every_figure_of_a_backtest_is_one_line_of_json_without_nan_and_its_table_cuts_no_name(tmp_path):
    source = text(tmp_path / "a.csv", *(f"a,{day},0" for day in MONTHS), *monthly("b"))
    asked = ["backtest", str(source), "--horizon", "2", "--quantiles", "0.5"]
    lines = CliRunner().invoke(engines, [*asked, "--json"]).output.splitlines()
    found = [json.loads(line, parse_constant=pytest.fail) for line in lines]
    assert [row["peer"] for row in found if row["name"] == "coverage_0.5"] == ["nominal"]
    table = CliRunner().invoke(engines, asked).output
    assert all(name in table for name in ("seasonal_naive", *(row["name"] for row in found)))
