"""Where the origins of a hierarchy's backtest lie."""

import pytest

from forecasting.hierarchy_backtest import plan

pytestmark = pytest.mark.fast


def test_with_a_long_history_a_whole_horizon_is_judged() -> None:
    assert plan(120, 12, 12) == ([102, 104, 106, 108], 12)


def test_of_three_years_half_a_year_is_judged_so_that_two_seasons_lie_before_it() -> None:
    assert plan(36, 12, 12) == ([24, 26, 28, 30], 6)
    assert plan(38, 12, 12) == ([24, 26, 28, 30], 8)


def test_the_window_never_falls_below_half_of_the_horizon() -> None:
    # five months beside two seasons would be too few of twelve: a quarter of the history stays
    assert plan(35, 12, 12) == ([21, 23, 25, 27], 8)
    assert plan(24, 12, 12) == ([12, 14, 16, 18], 6)


def test_a_short_history_has_fewer_origins_or_none() -> None:
    assert plan(12, 6, 12) == ([7, 9], 3)
    assert plan(2, 1, 12) == ([], 1)
