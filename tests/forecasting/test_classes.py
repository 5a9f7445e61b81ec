"""Demand classes from hand-made histories; what was known then, not what came after."""

import numpy as np
import pytest

from forecasting.choose import Candidate, Method, simplest_of_the_best, winners
from forecasting.classes import classify

pytestmark = pytest.mark.fast


def class_of(*units: float) -> str:
    return str(classify(np.array(units, dtype=float)[:, None]).demand_class[0])


def test_each_history_gets_its_class():
    assert class_of(*[5, 4, 6] * 8) == "smooth"
    assert class_of(*[1, 9, 1] * 8) == "erratic"
    assert class_of(*[0, 2] * 12) == "intermittent"
    assert class_of(*[0, 1, 0, 30] * 6) == "lumpy"
    assert class_of(*[0] * 24) == "no_demand"
    assert class_of(*[0] * 20, 3, 4, 3, 2) == "new"
    assert class_of(*[2, 3] * 8, *[0] * 8) == "dying"


def test_a_slow_part_is_not_dying_after_a_silence_that_its_rate_explains():
    # sold every 8th month: 10 silent months have a chance of (7/8)^10 = 26 %
    assert class_of(*[1, 0, 0, 0, 0, 0, 0, 0] * 4, 1, *[0] * 10) == "intermittent"


def test_adi_and_cv2_are_read_from_recorded_periods_only():
    # recorded: 0 2 0 4 -> ADI 4 / 2; sizes 2, 4: variance 1 over mean 3 squared
    shape = classify(np.array([np.nan, 0, 2, 0, 4])[:, None])
    assert shape.adi[0] == 2
    assert shape.cv2[0] == pytest.approx(1 / 9)
    assert shape.periods[0] == 4


def test_ties_go_to_the_simpler_method_and_a_clear_gain_to_the_better():
    tried = [
        Candidate(Method.naive, np.zeros(1)),
        Candidate(Method.tsb, np.zeros(1)),
        Candidate(Method.weighted_mean, np.zeros(1)),
    ]
    assert simplest_of_the_best(tried, np.array([9.0, 5.0, 5.01])) == 2
    assert simplest_of_the_best(tried, np.array([9.0, 4.0, 5.0])) == 1
    assert simplest_of_the_best(tried, np.array([5.0, 5.0, 5.0])) == 0


def test_each_class_gets_its_own_winner_and_a_small_class_follows_all():
    tried = [Candidate(Method.naive, np.zeros(1)), Candidate(Method.tsb, np.zeros(1))]
    group = np.array(["smooth"] * 30 + ["lumpy"] * 40 + ["dying"] * 2)
    losses = np.vstack([np.where(group == "smooth", 1.0, 9.0), np.where(group == "smooth", 2.0, 3.0)])
    chosen = winners(tried, losses, group)
    assert chosen == {"": 1, "smooth": 0, "lumpy": 1}


def test_a_method_that_does_not_beat_naive_on_a_class_is_not_used():
    tried = [Candidate(Method.naive, np.zeros(1)), Candidate(Method.boosted, np.zeros(1))]
    assert winners(tried, np.array([[2.0] * 30, [2.1] * 30]), np.array(["new"] * 30))["new"] == 0
