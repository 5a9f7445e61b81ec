"""A history with a hole, a double or a negative is refused with its key, its month and a remedy."""

import math
from datetime import date

import polars as pl
import pytest

from forecasting.frames import Frequency, HistoryError, Panel, check_history, to_panel

pytestmark = pytest.mark.fast

KEYS = ("outlet_id", "part_id")


def history(part: str, *rows: tuple[int, float | None]) -> pl.DataFrame:
    return pl.DataFrame(
        [("o1", part, date(2024, month, 1), units) for month, units in rows],
        schema={"outlet_id": pl.String, "part_id": pl.String, "month": pl.Date, "units": pl.Float64},
        orient="row",
    )


@pytest.mark.parametrize(
    ("rows", "words"),
    [
        ([(1, 1.0), (3, 1.0)], ["part_id=oil", "2024-03-01", "gap", "0"]),
        ([(1, 1.0), (1, 2.0)], ["part_id=oil", "2024-01-01", "twice", "add"]),
        ([(1, 1.0), (2, -1.0)], ["part_id=oil", "2024-02-01", "negative", "returns"]),
        ([(1, 1.0), (2, None)], ["part_id=oil", "2024-02-01", "null", "write 0 only if"]),
        ([(1, 1.0), (2, math.nan)], ["part_id=oil", "2024-02-01", "NaN"]),
        ([(1, 1.0), (2, math.inf)], ["part_id=oil", "2024-02-01", "infinite"]),
    ],
)
def test_a_broken_history_is_refused_by_key_month_and_remedy(rows, words):
    good = history("filter", (1, 1.0), (2, 0.0), (3, 2.0))
    with pytest.raises(HistoryError) as refused:
        check_history(pl.concat([good, history("oil", *rows)]), KEYS)
    assert all(word in str(refused.value) for word in words), refused.value


def test_a_series_that_stops_before_the_others_is_refused():
    with pytest.raises(
        HistoryError, match=r"part_id=oil.*2024-02-01 is its last period while others run to 2024-03-01"
    ):
        check_history(pl.concat([history("oil", (1, 1.0), (2, 0.0)), history("z", (2, 1.0), (3, 0.0))]), KEYS)


def test_a_missing_column_and_a_null_key_are_named():
    with pytest.raises(HistoryError, match="no column units"):
        check_history(history("oil", (1, 1.0)).drop("units"), KEYS)
    with pytest.raises(HistoryError, match="no key"):
        check_history(history("oil", (1, 1.0)).with_columns(part_id=pl.lit(None, dtype=pl.String)), KEYS)


def test_a_good_history_comes_back_sorted_and_may_begin_late():
    rows = pl.concat([history("oil", (3, 3.0), (2, 2.0)), history("filter", (1, 1.0), (2, 0.0), (3, 5.0))])
    panel = to_panel(check_history(rows, KEYS), KEYS)
    assert panel.keys["part_id"].to_list() == ["filter", "oil"]
    assert panel.units[:, 0].tolist() == [1, 0, 5]
    assert math.isnan(panel.units[0, 1])
    assert panel.units[1:, 1].tolist() == [2, 3]


def test_an_empty_history_cannot_become_a_panel():
    with pytest.raises(HistoryError, match="empty"):
        to_panel(history("oil"), KEYS)


def test_month_ends_stay_month_ends_and_weeks_stay_on_their_day():
    ends = Panel(pl.DataFrame(), None, date(2024, 1, 31))
    assert ends.dates(3) == [date(2024, 2, 29), date(2024, 3, 31), date(2024, 4, 30)]
    weeks = Panel(pl.DataFrame(), None, date(2024, 12, 30), Frequency.weekly)
    assert weeks.dates(2) == [date(2025, 1, 6), date(2025, 1, 13)]
