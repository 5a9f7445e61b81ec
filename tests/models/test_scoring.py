"""Scorecards: chances are sums of their reasons, judged on later days, and never learnt from the future."""

from __future__ import annotations

from datetime import date, timedelta

import numpy as np
import polars as pl
import pytest

from models.scoring.judge import figures, rule_rates, split
from models.scoring.learn import learn
from models.scoring.scorecard import Bins, calibrate, fit

pytestmark = pytest.mark.fast
KEY = ["id"]


def examples(n: int, *, seed: int, effect: float = 2.0, base: float = -1.0) -> pl.DataFrame:
    """`strong` moves the log-odds by `effect`; `noise` says nothing."""
    rng = np.random.default_rng(seed)
    strong, noise = rng.random(n) < 0.5, rng.normal(size=n)
    chance = 1 / (1 + np.exp(-(base + effect * strong)))
    return pl.DataFrame(
        {
            "id": [f"e{i}" for i in range(n)],
            "strong": strong,
            "noise": noise,
            "outcome": rng.random(n) < chance,
        }
    )


def test_a_chance_is_the_base_and_the_parts_of_its_features_added_up():
    frame = examples(400, seed=1)
    card = fit(frame, frame["outcome"], ["strong", "noise"])
    odds = card.slope * card.intercept + card.shift + card.parts(frame).sum(axis=1)
    assert card.chances(frame) == pytest.approx(1 / (1 + np.exp(-odds)))


def test_parts_are_told_against_the_average_example():
    frame = examples(400, seed=1)
    card = fit(frame, frame["outcome"], ["strong", "noise"])
    assert card.parts(frame).mean(axis=0) == pytest.approx([0.0, 0.0], abs=1e-9)


def test_the_feature_that_matters_comes_first_in_the_reasons():
    frame = examples(2000, seed=2)
    card = fit(frame, frame["outcome"], ["noise", "strong"])
    first = card.reasons(frame.head(50), KEY, most=2).filter(rank=1)
    assert set(first["feature"]) == {"strong"}
    signs = first.join(frame, on="id").select((pl.col("log_odds") > 0) == pl.col("strong"))
    assert signs.to_series().all()


def test_the_learnt_effect_is_near_the_true_one():
    frame = examples(20_000, seed=3)
    parts = fit(frame, frame["outcome"], ["strong"]).parts(frame)[:, 0]
    strong = frame["strong"].to_numpy()
    assert parts[strong].mean() - parts[~strong].mean() == pytest.approx(2.0, abs=0.1)


def test_a_value_lies_in_the_bin_whose_cut_it_does_not_exceed_and_missing_has_its_own():
    bins = Bins("x", cuts=(1.0, 5.0))
    assert bins.labels == ("up to 1", "1 to 5", "over 5", "unknown")
    assert bins.codes(pl.Series("x", [0.0, 1.0, 2.0, 5.0, 6.0, None])).tolist() == [0, 0, 1, 1, 2, 3]


def test_a_category_never_seen_is_other_and_not_an_error():
    bins = Bins("x", levels=("a",))
    assert bins.codes(pl.Series("x", ["a", "new", None])).tolist() == [0, 1, 2]


def test_calibration_brings_the_level_of_later_months():
    early, late = examples(4000, seed=4), examples(4000, seed=5, base=-2.5)
    card = fit(early, early["outcome"], ["strong"])
    tuned = calibrate(card, late, late["outcome"])
    assert card.chances(late).mean() > late["outcome"].mean() + 0.1
    assert tuned.chances(late).mean() == pytest.approx(late["outcome"].mean(), abs=0.005)


def test_an_outcome_that_never_varies_is_refused():
    frame = examples(50, seed=6).with_columns(outcome=pl.lit(False))
    with pytest.raises(ValueError, match="same in every example"):
        fit(frame, frame["outcome"], ["strong"])


def test_each_part_of_the_split_is_later_and_no_outcome_reaches_into_the_next():
    days = [date(2025, 1, 1) + timedelta(days=30 * n) for n in range(20)]
    parts = split(days, horizon_days=60)
    assert parts is not None
    assert (parts.calibrate[0] - parts.fit[-1]).days >= 60
    assert (parts.judge[0] - parts.calibrate[-1]).days >= 60
    assert parts.judge[-1] == days[-1]


def test_a_short_history_gives_no_split_and_no_score():
    days = [date(2025, 1, 1) + timedelta(days=30 * n) for n in range(5)]
    assert split(days, horizon_days=60) is None
    frame = examples(10, seed=7).with_columns(at=pl.lit(days[0]))
    learnt = learn(frame, frame, key=KEY, names=["strong"], rule_by=["strong"], horizon_days=60)
    assert (learnt.scores.height, learnt.quality.height) == (0, 0)


def test_figures_are_those_worked_out_by_hand():
    # two of four came; log loss = -(ln .8 + ln .6 + ln .9 + ln .7) / 4
    outcome, chances = np.array([1, 0, 0, 1]), np.array([0.8, 0.4, 0.1, 0.7])
    found = figures(outcome, chances)
    assert found["log_loss"] == pytest.approx(-np.log([0.8, 0.6, 0.9, 0.7]).mean())
    assert found["brier"] == pytest.approx((0.04 + 0.16 + 0.01 + 0.09) / 4)
    assert found["auc"] == 1.0
    assert found["observed_share"] == 0.5
    assert found["calibration_error"] == pytest.approx((0.2 + 0.4 + 0.1 + 0.3) / 4)
    assert found["top_tenth_lift"] == 2.0


def test_the_rule_is_the_share_of_its_cell_pulled_towards_the_whole():
    fitted = pl.DataFrame({"level": ["H"] * 10 + ["B"] * 10, "outcome": [True] * 10 + [False] * 10})
    judged = pl.DataFrame({"level": ["H", "B", None]})
    rates = rule_rates(fitted, judged, ["level"], "outcome")
    assert rates.tolist() == [15 / 20, 5 / 20, 0.5]  # (10 + 10 * .5) / 20; nothing known: the whole


def test_the_scorecard_beats_the_base_rate_on_later_days_when_there_is_something_to_learn():
    days = [date(2024, 1, 1) + timedelta(days=30 * n) for n in range(20)]
    frame = pl.concat([examples(200, seed=n).with_columns(at=pl.lit(d)) for n, d in enumerate(days)])
    learnt = learn(
        frame, frame.head(5), key=KEY, names=["strong", "noise"], rule_by=["strong"], horizon_days=30
    )
    loss = dict(learnt.quality.select("method", "log_loss").iter_rows())
    assert loss["scorecard"] < loss["base_rate"] - 0.05
    assert learnt.scores.height == 5
