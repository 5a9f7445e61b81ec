"""Handing a change out to cells: by hand, and against the sum that was asked."""

from __future__ import annotations

import numpy as np
import pytest

from forecasting.spread import Mode, Spread, allocate

pytestmark = pytest.mark.fast


def spread(now, mode, value, how="proportional", *, last_year=None, locked=None, whole=True, weight=None):
    return allocate(
        np.array(now, dtype=float),
        mode=Mode(mode),
        value=value,
        spread=Spread(how),
        last_year=np.array(last_year or [0] * len(now), dtype=float),
        locked=None if locked is None else np.array(locked),
        weight=None if weight is None else np.array(weight, dtype=float),
        whole=whole,
    ).tolist()


def test_a_total_is_handed_out_in_proportion_and_the_largest_remainder_gets_the_last_car():
    # 7 over 1, 2, 3: exact 1.17, 2.33, 3.5
    assert spread([1, 2, 3], "set", 7) == [1, 2, 4]


def test_a_total_may_follow_last_year_or_be_equal():
    assert spread([1, 2, 3], "set", 8, "last_year", last_year=[3, 0, 1]) == [6, 0, 2]
    assert spread([1, 2, 3], "set", 8, "equal") == [3, 3, 2]


def test_an_addition_hands_out_the_difference_alone():
    assert spread([10, 20], "add", 6) == [12, 24]
    assert spread([10, 20], "add", 6, "equal") == [13, 23]
    assert spread([10, 20], "add", -6, "last_year", last_year=[1, 2]) == [8, 16]


def test_what_one_cell_cannot_give_the_others_give():
    # 6 off, equally 3 and 3, but the first has only 1
    assert spread([1, 9], "add", -6, "equal") == [0, 4]
    assert spread([10], "add", -50) == [0]


def test_percent_moves_what_is_free_and_rounds_half_up():
    assert spread([20, 40], "percent", 10) == [22, 44]
    assert spread([1, 1], "percent", 25) == [2, 1]  # 2.5 is 3


def test_cells_without_any_weight_share_equally():
    assert spread([0, 0], "set", 8) == [4, 4]
    assert spread([1, 1], "set", 3, "last_year", last_year=[0, 0]) == [2, 1]


def test_a_locked_cell_keeps_its_units_and_the_others_carry_the_total():
    assert spread([10, 10, 20], "set", 40, locked=[True, False, False]) == [10, 10, 20]
    assert spread([10, 10, 20], "set", 70, locked=[True, False, False]) == [10, 20, 40]
    assert spread([10, 5], "set", 4, locked=[True, False]) == [10, 0]
    assert spread([10, 5], "add", 4, locked=[True, True]) == [10, 5]


def test_a_finer_weight_decides_where_the_units_are_rounded_away():
    assert spread([0, 0], "set", 1, weight=[0.2, 0.3]) == [0, 1]


def test_units_that_are_not_whole_are_not_rounded():
    assert spread([1, 3], "set", 5, whole=False) == [1.25, 3.75]
    assert spread([0.4], "percent", 25, whole=False) == [0.5]


@pytest.mark.parametrize("seed", range(60))
def test_the_cells_add_up_to_what_was_asked_and_none_falls_below_zero(seed):
    chance = np.random.default_rng(seed)
    size = int(chance.integers(1, 9))
    now = chance.integers(0, 9, size)
    mode, how = chance.choice(list(Mode)), chance.choice(list(Spread))
    value = float(chance.integers(-30, 40))
    locked = chance.random(size) < 0.3
    after = np.array(
        spread(
            now.tolist(),
            mode,
            value,
            how,
            last_year=chance.integers(0, 5, size).tolist(),
            locked=locked.tolist(),
        )
    )
    assert (after >= 0).all()
    assert (after == np.floor(after)).all()
    assert (after[locked] == now[locked]).all()
    free = now[~locked].sum()
    wanted = {"set": value - now[locked].sum(), "add": free + value, "percent": free * (1 + value / 100)}[
        mode
    ]
    if not locked.all():
        assert after[~locked].sum() == np.floor(max(wanted, 0) + 0.5)
