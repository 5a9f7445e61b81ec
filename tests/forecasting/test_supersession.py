"""Announced supersessions: where demand goes by hand, months parted by days, and what a vintage may know."""

from datetime import date
from typing import Any

import polars as pl
import pytest

from forecasting.distribution import demand_quantile
from forecasting.parts import forecast_parts
from forecasting.supersession import METHOD, announced, carried
from forecasting.vintages import backcast_parts
from tests.forecasting.test_plan_steps import change, frame

pytestmark = pytest.mark.fast

TODAY = date(2026, 3, 10)
RELATION = {
    "part_relation_id": "r1", "version": 1, "known_date": date(2026, 2, 1), "part_id": "old",
    "successor_part_id": "new", "factor": 1.0, "share": 1.0, "set_code": None, "is_bounded": False,
    "use_up": "use_up_first", "valid_from_date": date(2026, 4, 16), "valid_to_date": None,
}  # fmt: skip
SCHEMA = {
    "part_relation_id": pl.String, "version": pl.Int64, "known_date": pl.Date, "part_id": pl.String,
    "successor_part_id": pl.String, "factor": pl.Float64, "share": pl.Float64, "set_code": pl.String,
    "is_bounded": pl.Boolean, "use_up": pl.String, "valid_from_date": pl.Date, "valid_to_date": pl.Date,
}  # fmt: skip


def relations(*changes: dict[str, Any]) -> pl.DataFrame:
    return pl.DataFrame([RELATION | change for change in changes], schema=SCHEMA)


def moved(*changes: dict[str, Any], day: date = TODAY) -> list[tuple[object, ...]]:
    found = announced(relations(*changes), day)
    return found.select("part_id", "from_date", "to_date", "current_part_id", "share", "factor").rows()


def cells(part: str, mean: float, *, certain: float = 0.0, dispersion: float = 1.5) -> pl.DataFrame:
    months = [date(2026, 3, 1), date(2026, 4, 1), date(2026, 5, 1)]
    held = [certain, 0.0, 0.0]
    return pl.DataFrame(
        {
            "outlet_id": "d", "part_id": part, "month": months, "horizon": [1, 2, 3], "method": "mean_12",
            "mean": [mean] * 3, "certain": held, "variance": [(mean - c) * dispersion for c in held],
        }
    )  # fmt: skip


def by_part(frame: pl.DataFrame, column: str = "mean") -> dict[str, list[float]]:
    return {part: rows[column].to_list() for (part,), rows in frame.group_by("part_id", maintain_order=True)}


def test_a_number_is_itself_until_its_day_and_its_successor_from_then_on():
    assert moved({}) == [
        ("old", TODAY, date(2026, 4, 16), "old", 1.0, 1.0),
        ("old", date(2026, 4, 16), None, "new", 1.0, 1.0),
    ]


def test_a_relation_in_force_moves_nothing_ahead_and_leads_on_from_a_later_one():
    begun = {"part_relation_id": "r2", "part_id": "new", "successor_part_id": "newest", "factor": 3.0,
             "valid_from_date": date(2026, 1, 1)}  # fmt: skip
    assert moved(begun) == []
    assert moved({"factor": 2.0}, begun)[-1] == ("old", date(2026, 4, 16), None, "newest", 1.0, 6.0)


def test_two_announced_steps_are_two_days_and_the_middle_number_moves_too():
    onward = {"part_relation_id": "r2", "part_id": "new", "successor_part_id": "newest", "factor": 2.0,
              "valid_from_date": date(2026, 5, 1)}  # fmt: skip
    assert moved({}, onward) == [
        ("new", TODAY, date(2026, 5, 1), "new", 1.0, 1.0),
        ("new", date(2026, 5, 1), None, "newest", 1.0, 2.0),
        ("old", TODAY, date(2026, 4, 16), "old", 1.0, 1.0),
        ("old", date(2026, 4, 16), date(2026, 5, 1), "new", 1.0, 1.0),
        ("old", date(2026, 5, 1), None, "newest", 1.0, 2.0),
    ]


def test_a_set_takes_every_unit_for_each_of_its_parts():
    both = [{"set_code": "S"}, {"set_code": "S", "part_relation_id": "r2", "successor_part_id": "cover",
                                "factor": 4.0}]  # fmt: skip
    assert [row[3:] for row in moved(*both)] == [("old", 1, 1), ("new", 1, 1), ("cover", 1, 4)]


def test_some_cars_take_their_share_and_the_others_stay():
    some = {"is_bounded": True, "share": 0.3}
    assert [row[3:] for row in moved(some)[1:]] == [("new", 0.3, 1.0), ("old", 0.7, 1.0)]
    # a fifth of all cars has left already: three tenths of all are three eighths of what is left
    gone = some | {"part_relation_id": "r0", "share": 0.2, "successor_part_id": "first",
                   "valid_from_date": date(2026, 1, 1)}  # fmt: skip
    assert moved(gone, some)[1][3:] == ("new", pytest.approx(0.375), 1.0)


def test_a_circle_moves_nothing():
    back = {"part_relation_id": "r2", "part_id": "new", "successor_part_id": "old"}
    assert {(row[0], row[3]) for row in moved({}, back)} == {("old", "old"), ("new", "new")}


def test_what_is_recorded_later_is_not_known_and_a_later_version_counts_from_its_day():
    postponed = {"version": 2, "known_date": date(2026, 3, 20), "valid_from_date": date(2026, 6, 1)}
    assert moved({}, postponed, day=date(2026, 1, 31)) == []
    assert moved({}, postponed)[1][1] == date(2026, 4, 16)
    assert moved({}, postponed, day=date(2026, 3, 20))[1][1] == date(2026, 6, 1)


def test_the_month_of_the_day_is_parted_by_days_and_every_unit_counts_once():
    # April has thirty days, fifteen of them from the 16th on
    found = carried(cells("old", 4.0), announced(relations({}), TODAY))
    assert by_part(found) == {"new": [0.0, 2.0, 4.0], "old": [4.0, 2.0, 0.0]}
    assert by_part(found, "variance") == {"new": [0.0, 3.0, 6.0], "old": [6.0, 3.0, 0.0]}
    assert set(found.filter(part_id="new")["method"]) == {METHOD}


def test_a_unit_that_becomes_two_has_four_times_the_variance():
    found = carried(cells("old", 4.0), announced(relations({"factor": 2.0}), TODAY))
    assert by_part(found)["new"] == [0.0, 4.0, 8.0]
    assert by_part(found, "variance")["new"] == [0.0, 12.0, 24.0]


def test_a_successor_that_sells_already_keeps_its_own_and_adds_what_comes():
    both = pl.concat([cells("old", 4.0), cells("new", 1.0, dispersion=1.0)])
    found = carried(both, announced(relations({}), TODAY))
    assert by_part(found)["new"] == [1.0, 3.0, 5.0]
    assert by_part(found, "variance")["new"] == [1.0, 4.0, 7.0]
    assert set(found["method"]) == {"mean_12"}


def test_what_was_asked_for_already_stays_where_it_was_asked_for():
    # from the 17th: fifteen of 31 days, 1.94 of four units; three are asked for, one at most can move
    day = {"valid_from_date": date(2026, 3, 17)}
    found = carried(cells("old", 4.0, certain=3.0), announced(relations(day), TODAY))
    assert by_part(found)["new"] == pytest.approx([1.0, 4.0, 4.0])
    assert by_part(found)["old"] == pytest.approx([3.0, 0.0, 0.0])
    assert by_part(found, "certain") == {"new": [0.0] * 3, "old": [3.0, 0.0, 0.0]}


def history(units: int) -> pl.DataFrame:
    months = pl.date_range(date(2024, 3, 1), date(2026, 2, 1), "1mo", eager=True)
    return pl.DataFrame({"outlet_id": "d", "part_id": "old", "month": months, "units": float(units)})


def test_the_forecast_of_the_old_number_falls_to_nothing_and_the_successor_has_rows_before_it_sells():
    moves = announced(relations({"factor": 2.0}), TODAY)
    plain = forecast_parts(history(5), horizon=4)
    found = forecast_parts(history(5), horizon=4, moves=moves)
    means = by_part(found.monthly)
    assert means["old"] == pytest.approx([5.0, 2.5, 0.0, 0.0])
    assert means["new"] == pytest.approx([0.0, 5.0, 10.0, 10.0])
    # variance over mean was one (nothing ever scattered): twenty of two each, so four times ten halves
    assert found.monthly.filter(part_id="new")["q90"].to_list()[2] == demand_quantile(10.0, 20.0, 0.9)
    assert found.series.equals(plain.series)
    assert found.monthly.columns == plain.monthly.columns


def test_a_vintage_knows_what_was_recorded_by_its_last_day():
    demand = history(5).with_columns(market=pl.lit("AE"), region=pl.lit("MEA/AE"))
    nothing = frame([change("x", "hq", "set", 1)])

    def expected(known: date) -> dict[str, list[float]]:
        held = relations({"known_date": known})
        made = backcast_parts(demand, nothing, month=date(2026, 2, 1), horizon=4, relations=held)
        assert made is not None
        rows = made.plan.steps.sort("item", "forecast_month")
        return {
            item: own["statistical"].to_list() for (item,), own in rows.group_by("item", maintain_order=True)
        }

    assert expected(date(2026, 2, 28)) == {"new": [0, 0, 2.5, 5], "old": [5, 5, 2.5, 0]}
    assert expected(date(2026, 3, 1)) == {"old": [5, 5, 5, 5]}
