"""What past launches took from the model they replaced, by hand; and a known fall that is found again."""

from __future__ import annotations

from datetime import date

import numpy as np
import polars as pl
import pytest

from forecasting.launch import RUN_OUT, Launch, taught_all
from forecasting.run_out import MONTHS, SCHEMA, learn, line, past_launches, shrunk

pytestmark = pytest.mark.fast

PAIRS = pl.DataFrame({"series": ["NEW"], "replaced_series": ["OLD"]})


def month(index):
    return date(2024 + index // 12, index % 12 + 1, 1)


def sales(series, units, *, market="AE", first=0):
    return pl.DataFrame({
        "market": market, "outlet_id": f"{market}1", "series": series,
        "month": [month(first + n) for n in range(len(units))], "units": units,
    }, schema_overrides={"units": pl.Float64})  # fmt: skip


def past(kept, *, series="NEW", markets=("AE",), expected=10.0):
    """One launch a market whose old series kept these shares."""
    return pl.DataFrame([
        {"series": series, "replaced_series": "OLD", "market": m, "launch_month": month(0), "step": n,
         "expected_units": expected, "sold_units": expected * share, "successor_units": 20.0}
        for m in markets for n, share in enumerate(kept)
    ], schema=SCHEMA)  # fmt: skip


def test_what_the_old_series_would_have_sold_is_its_level_moved_as_the_rest_of_the_market_moved():
    history = pl.concat([
        sales("OLD", [10.0] * 12 + [15, 5]), sales("NEW", [5, 15], first=12),
        sales("ELSE", [20.0] * 12 + [40, 40]),
    ])  # fmt: skip
    found = past_launches(history, PAIRS)
    assert found.select("step", "expected_units", "sold_units", "successor_units").rows() == [
        (0, 20.0, 15.0, 5.0), (1, 20.0, 5.0, 15.0),
    ]  # fmt: skip
    assert found.schema == SCHEMA


def test_a_launch_is_a_market_of_its_own_and_a_series_hardly_sold_before_says_nothing():
    history = pl.concat([
        sales("OLD", [10.0] * 12 + [5]), sales("NEW", [3], first=12),
        sales("OLD", [1.0] * 12 + [0], market="SA"), sales("NEW", [3], first=12, market="SA"),
        sales("OLD", [10.0] * 3 + [0], market="BR"), sales("NEW", [3], first=3, market="BR"),
    ])  # fmt: skip
    assert past_launches(history, PAIRS)["market"].to_list() == [
        "AE"
    ]  # 12 cars, and three months, are too few


def test_the_learnt_curve_never_rises_and_is_drawn_to_the_line_where_launches_are_few():
    seen = past([0.5, 0.6], markets=("AE", "SA", "BR", "TH"))
    # .5 and .6 are one level of .55; four launches weigh as much as the line of .75, .5, .25, 0
    assert shrunk(seen, 4)[:4].tolist() == pytest.approx([0.65, 0.525, 0.25, 0.0])
    assert shrunk(seen.filter(market="AE"), 4)[0] == pytest.approx(0.55 / 5 + 0.75 * 4 / 5)
    assert shrunk(seen.clear(), 4).tolist() == line(4).tolist()
    beyond = shrunk(past([0.0], markets=("AE", "SA", "BR", "TH")), 12)
    assert beyond[:3].tolist() == pytest.approx([11 / 24] * 3)  # where nobody has been the line may not rise


def test_a_fall_that_past_launches_share_is_used_where_it_errs_less_than_the_line():
    found = learn(past([0.2, 0.1, 0.0], markets=("AE", "SA", "BR", "TH")), months=12)
    assert found.is_used
    assert found.launches == 4
    # three others: the line of 11/12 drawn to .2 by three sevenths
    assert found.kept[0] == pytest.approx(0.2 / 2 + 11 / 12 / 2)
    straight = abs(0.2 - 11 / 12) + abs(0.1 - 10 / 12) + 9 / 12
    assert found.miss_line == pytest.approx(straight / 3)
    assert found.miss_learnt == pytest.approx(straight / 3 * 4 / 7)


def test_where_the_line_was_nearer_it_stays():
    found = learn(past([0.75, 0.5, 0.25, 0.0], markets=("AE", "SA", "BR", "TH")), months=4)
    assert (found.is_used, found.miss_line) == (False, 0.0)
    assert found.kept == tuple(line(4).tolist())


def test_two_launches_are_too_few_to_judge_and_none_leaves_the_line():
    found = learn(past([0.2], markets=("AE", "SA")), months=12)
    assert (found.launches, found.miss_line, found.is_used, len(found.kept)) == (2, None, False, MONTHS)
    assert learn(pl.DataFrame(schema=SCHEMA), months=6).kept == tuple(line(6).tolist())


def test_one_successor_in_many_markets_is_left_out_whole_where_there_are_others():
    markets = ("AE", "SA", "BR")
    both = pl.concat([past([0, 0], series="A", markets=markets), past([1, 1], series="B", markets=markets)])
    found = learn(both, months=2)  # the line keeps .5, then nothing
    assert found.miss_line == pytest.approx((5 + 15) / 40)
    # A is judged by what B taught (.5 + .5 * 3/7 and 3/7), B by what A taught (.5 * 4/7 and 0)
    assert found.miss_learnt == pytest.approx((10 * (5 / 7 + 3 / 7) + 10 * (5 / 7 + 1)) / 40)
    assert not found.is_used


def test_what_the_successor_took_is_what_the_old_series_lost_over_what_the_new_one_sold():
    assert learn(past([0.5, 0.0]), months=6).taken == pytest.approx(15 / 40)
    assert learn(past([3.0, 0.0]), months=6).taken == 0.0  # it lost nothing


def test_a_known_fall_is_found_again_from_sales_with_their_noise():
    rng, fall = np.random.default_rng(5), [1.0, 0.75, 0.5, 0.25] + [0.0] * 8
    season = 1 + 0.2 * np.sin(np.arange(32) * np.pi / 6)
    frames = []
    for market in ("AE", "SA", "BR", "TH", "ZA", "CL", "DE", "IN"):
        old = rng.poisson(25 * season * np.array([1.0] * 20 + fall))
        frames += [
            sales("OLD", old.tolist(), market=market),
            sales("NEW", rng.poisson(30, 12).tolist(), market=market, first=20),
            sales("ELSE", rng.poisson(120 * season).tolist(), market=market),
        ]
    seen = past_launches(pl.concat(frames), PAIRS)
    found = learn(seen, months=12)
    assert found.is_used
    expected = np.array(fall) * 2 / 3 + line(12)[:12] / 3  # eight launches weigh twice the line
    assert np.abs(np.array(found.kept[:12]) - np.minimum.accumulate(expected)).max() < 0.05
    assert found.taken == pytest.approx(9.5 * 25 / 360, abs=0.08)


def test_every_launch_plan_leaves_its_run_out_and_the_choice_among_the_signals():
    plans = [
        Launch("NOVA", "MEA", "OLD", month(0), 1.0, 3, "OLD", 12),
        Launch("SOLO", "MEA", "OLD", month(0), 1.0, 3),
    ]  # fmt: skip
    out, rows = taught_all(plans, past([0.2, 0.1, 0.0], markets=("AE", "SA", "BR", "TH")))
    assert out[1] == plans[1]
    assert out[0].kept is not None
    first = rows.filter(step=0).row(0, named=True)
    assert (first["group"], first["signal"]) == (RUN_OUT, "NOVA replaces OLD in MEA")
    assert (first["weight"], first["is_used"]) == (out[0].kept[0], True)
    assert rows.height == MONTHS
