"""Stock replayed by hand, the level rule against a slow one, and a simulation that cannot see the future."""

from __future__ import annotations

import math

import numpy as np
import polars as pl
import pytest
from scipy.stats import nbinom, poisson

from forecasting.boosted import NotEnoughHistory
from forecasting.frames import HistoryError
from forecasting.frontier import Frontier, band, calibrated, simulate, target_table
from forecasting.stock_file import simulate_file
from forecasting.stock_level import cycle_level
from forecasting.stock_model import window_mean
from forecasting.stock_policy import Known, Policy, known, levels
from forecasting.stock_replay import Terms, outcome, replay

pytestmark = pytest.mark.fast


def one(*values: float) -> np.ndarray:
    return np.array(values, dtype=float)[:, None]


def test_what_is_ordered_today_serves_customers_after_the_lead_time():
    # level 5, two periods of lead time: 3 sold in period 0 are ordered in period 1 and there in period 3.
    # on hand: 5 - 3 = 2; 2 - 2 = 0; 0 (1 asked, waits); + 3 - 1 owed - 1 = 1
    run = replay(one(5, 5, 5, 5), one(3, 2, 1, 1), Terms.equal(1, lead_time=2))
    assert run.ordered[:, 0].tolist() == [0, 3, 2, 1]
    assert run.filled[:, 0].tolist() == [3, 2, 0, 1]
    assert run.on_hand[:, 0].tolist() == [2, 0, 0, 1]
    assert run.owed[:, 0].tolist() == [0, 0, 1, 0]


def test_without_lead_time_an_order_serves_the_same_period():
    run = replay(one(2, 2, 2), one(2, 2, 3), Terms.equal(1, lead_time=0))
    assert run.filled[:, 0].tolist() == [2, 2, 2]
    assert run.ordered[:, 0].tolist() == [0, 2, 2]


def test_orders_leave_in_review_periods_only_and_in_whole_packs():
    # reviewed in periods 0, 2, 4; 3 short of the level in period 2 and packs of 4: 4 ordered
    terms = Terms.equal(1, lead_time=1, review=2, pack_size=4)
    run = replay(one(*[6] * 5), one(2, 1, 0, 0, 0), terms)
    assert run.ordered[:, 0].tolist() == [0, 0, 4, 0, 0]


def test_units_are_kept_and_lost_nowhere():
    rng = np.random.default_rng(7)
    demand = rng.poisson(2.0, size=(30, 40)).astype(float)
    wanted = rng.integers(0, 9, size=(30, 40))
    terms = Terms(rng.integers(0, 4, 40), rng.integers(1, 4, 40), rng.integers(1, 5, 40), np.ones(40))
    run = replay(wanted, demand, terms)
    assert (run.filled <= demand).all()
    assert ((run.on_hand == 0) | (run.owed == 0)).all()
    for j in range(40):  # one series at a time, written another way
        on_hand, waiting, orders = float(wanted[0, j]), 0.0, []
        for t in range(30):
            on_hand += sum(q for due, q in orders if due == t)
            served = min(on_hand, waiting)
            on_hand, waiting = on_hand - served, waiting - served
            need = wanted[t, j] - (on_hand - waiting + sum(q for due, q in orders if due > t))
            if t % terms.review[j] == 0 and need > 0:
                pack = terms.pack_size[j]
                orders.append((t + terms.lead_time[j], math.ceil(need / pack) * pack))
                if terms.lead_time[j] == 0:
                    on_hand += orders[-1][1]
                    served = min(on_hand, waiting)
                    on_hand, waiting = on_hand - served, waiting - served
            sold = min(on_hand, demand[t, j])
            assert run.filled[t, j] == sold
            on_hand, waiting = on_hand - sold, waiting + demand[t, j] - sold
            assert (run.on_hand[t, j], run.owed[t, j]) == (on_hand, waiting)


def test_figures_of_a_replay_are_sums_by_hand():
    # asked 3 + 2 + 1 + 1 = 7, filled 6, held 2 + 0 + 0 + 1 = 3; one period in which somebody waited
    terms = Terms.equal(1, lead_time=2, unit_cost=10.0)
    found = outcome(replay(one(5, 5, 5, 5), one(3, 2, 1, 1), terms), terms)
    assert (found.fill, found.stock_periods) == pytest.approx((6 / 7, 3 / 7))
    assert found.held_value.tolist() == [30.0]
    assert found.order_lines.tolist() == [3]
    assert found.emergency_lines.tolist() == [1]
    assert found.obsolete_value.tolist() == [0.0]


def test_stock_of_a_part_nobody_asked_for_all_year_is_obsolete():
    run = replay(np.full((12, 2), 4), np.repeat([[0.0, 1.0]], 12, axis=0), Terms.equal(2, lead_time=1))
    assert outcome(run, Terms.equal(2, lead_time=1)).obsolete_value.tolist() == [4.0, 0.0]


@pytest.mark.parametrize(
    ("levels_", "demand", "said"),
    [
        (one(1, 2), one(1), "same"),
        (one(1), one(math.nan), "demand must be known"),
        (one(-1), one(1), "levels must be finite"),
    ],
)
def test_a_replay_that_makes_no_sense_is_refused(levels_, demand, said):
    with pytest.raises(ValueError, match=said):
        replay(levels_, demand, Terms.equal(1, lead_time=1))


def law(mean: float, variance: float):
    if variance <= mean * (1 + 1e-9):
        return poisson(mean)
    return nbinom(mean**2 / (variance - mean), mean / variance)


@pytest.mark.parametrize("mean", [0.05, 0.8, 6.0, 30.0, 90.0, 700.0])
@pytest.mark.parametrize("dispersion", [1.0, 1.3, 4.0])
@pytest.mark.parametrize("chance", [0.3, 0.9, 0.995])
@pytest.mark.parametrize("share", [0.0, 0.4, 0.9])
def test_the_level_is_the_first_at_which_the_cycle_is_safe_enough(mean, dispersion, chance, share):
    got = int(cycle_level(mean * share, mean * share * dispersion, mean, mean * dispersion, chance))
    until, through = law(mean * share, mean * share * dispersion), law(mean, mean * dispersion)

    def ratio(s: int) -> float:
        return through.cdf(s) / (until.cdf(s) if share else 1.0)

    assert ratio(got) >= chance - 1e-9
    assert got == 0 or ratio(got - 1) < chance + 1e-9


def test_a_part_nobody_asks_for_has_level_zero_and_nonsense_is_refused():
    assert cycle_level([0.0], [0.0], [0.0], [0.0], [0.99]).tolist() == [0]
    with pytest.raises(ValueError, match="mean must be finite"):
        cycle_level(0.0, 0.0, math.nan, 1.0, 0.9)
    with pytest.raises(ValueError, match="chance"):
        cycle_level(0.0, 0.0, 1.0, 1.0, 1.0)


def test_equal_return_on_the_last_unit_needs_less_stock_than_equal_chance():
    # Exact expectations of 60 Poisson parts of very different pace; both rules at 95 % fill or more.
    rates = np.geomspace(0.02, 20, 60)

    def point(stock: np.ndarray) -> tuple[float, float]:
        def short(mean: np.ndarray, s: np.ndarray) -> np.ndarray:
            return mean * poisson.sf(s - 1, mean) - s * poisson.sf(s, mean)

        missed = short(2 * rates, stock) - short(rates, stock)
        return 1 - missed.sum() / rates.sum(), float((stock - 2 * rates + short(2 * rates, stock)).sum())

    chances = np.linspace(0.5, 0.9995, 600)
    ours = [point(cycle_level(rates, rates, 2 * rates, 2 * rates, q)) for q in chances]
    plain = [point(poisson.ppf(q, 2 * rates)) for q in chances]
    least = [min(stock for fill, stock in points if fill >= 0.95) for points in (ours, plain)]
    assert least[0] < least[1]


def panel(series: int = 60, periods: int = 40) -> np.ndarray:
    rng = np.random.default_rng(3)
    return rng.poisson(rng.gamma(1.0, 1.0, series), size=(periods, series)).astype(float)


@pytest.mark.parametrize("policy", list(Policy))
def test_no_policy_reads_the_period_it_decides_for(policy):
    units, terms = panel(), Terms.equal(60, lead_time=1)
    changed = units.copy()
    changed[30:] = 50.0
    knob = 3.0 if policy in (Policy.months_of_cover, Policy.max_of_year) else 0.9
    before, after = (levels(known(u, [24, 30], policy, terms=terms), knob, terms) for u in (units, changed))
    assert (before == after).all()
    assert before.any()


def test_a_richer_setting_never_fills_less():
    units, terms = panel(), Terms.equal(60, lead_time=2)
    for policy in (Policy.months_of_cover, Policy.sba_negative_binomial, Policy.weighted_negative_binomial):
        fill, stock = simulate(units, policy, start=20, terms=terms).curve.curve()
        assert (np.diff(fill) >= 0).all()
        assert (np.diff(stock) >= 0).all()


def test_the_calibrated_knob_reads_only_periods_that_are_over():
    units, terms = panel(), Terms.equal(60, lead_time=1)
    found = known(units, list(range(16, 40)), Policy.weighted_negative_binomial, terms=terms)
    changed = units[16:].copy()
    changed[20:] += 30.0
    runs = [calibrated(found, d, [0.9], terms=terms, warm=12)[0.9] for d in (units[16:], changed)]
    assert (runs[0].ordered[:8] == runs[1].ordered[:8]).all()
    assert (runs[0].filled[:8] == runs[1].filled[:8]).all()


def test_calibration_brings_the_measured_fill_to_the_target():
    units, terms = panel(400, 60), Terms.equal(400, lead_time=1)
    found = simulate(units, Policy.weighted_negative_binomial, start=30, terms=terms, targets=[0.9])
    nominal = float(np.interp(0.9, found.curve.settings, found.curve.curve()[0]))
    assert abs(found.achieved[0.9].fill - 0.9) < 0.01 < abs(nominal - 0.9)


def test_a_band_holds_the_estimate_and_narrows_with_more_series():
    def width(series: int) -> float:
        terms = Terms.equal(series, lead_time=1)
        curve = simulate(panel(series), Policy.months_of_cover, start=20, terms=terms).curve
        low, high = band(curve, 0.9)
        assert low <= curve.stock_at(0.9) <= high
        return high - low

    assert width(900) < width(60)


def test_a_fill_that_no_setting_reaches_is_null_and_not_a_number():
    terms = Terms.equal(1, lead_time=1)
    flat = Known(Policy.months_of_cover, np.zeros((2, 1)), np.ones((2, 1)))
    run = outcome(replay(levels(flat, 1.0, terms), one(1, 1), terms), terms)
    table = target_table([Frontier(Policy.months_of_cover, (1.0,), (run,))], [0.9])
    assert table["stock_periods"].to_list() == [None]
    assert table["stock_high"].to_list() == [None]


def tidy(units: np.ndarray) -> pl.DataFrame:
    months = pl.date_range(pl.date(2020, 1, 1), pl.date(2023, 4, 1), "1mo", eager=True)
    return pl.DataFrame({
        "unique_id": np.repeat([f"p{j:02d}" for j in range(units.shape[1])], len(months)),
        "ds": np.tile(months.to_numpy(), units.shape[1]), "y": units.T.ravel(),
    })  # fmt: skip


def test_a_file_is_replayed_and_its_frontier_written(tmp_path):
    tidy(panel()).write_parquet(tmp_path / "d.parquet")
    pl.DataFrame({"unique_id": ["p00"], "unit_cost": [250.0], "lead_time": [3]}).write_csv(tmp_path / "t.csv")
    chosen = ["months_of_cover", "weighted_negative_binomial"]
    found = simulate_file(
        tmp_path / "d.parquet", periods=20, targets=[0.9], policies=chosen, terms_path=tmp_path / "t.csv",
        out=tmp_path / "f.csv",
    )  # fmt: skip
    assert (found.series, found.left_out) == (60, 0)
    written = pl.read_csv(tmp_path / "f.csv")
    assert written.height == found.frontier.height
    assert set(written["policy"]) == set(chosen)
    assert found.targets["policy"].to_list() == chosen
    assert {f.unit for f in found.figures} == {"periods of demand", "share"}


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({"policies": ["guess"]}, "guess is not known"),
        ({"targets": [1.0]}, "between 0 and 1"),
        ({"periods": 30}, "replay fewer periods"),
        ({"out": "f.xlsx"}, "must end in"),
        ({"lead_time": -1}, "lead_time"),
    ],
)
def test_a_simulation_that_cannot_be_run_says_why(tmp_path, options, said):
    tidy(panel()).write_parquet(tmp_path / "d.parquet")
    with pytest.raises(HistoryError, match=said):
        simulate_file(tmp_path / "d.parquet", **({"policies": ["months_of_cover"]} | options))


def test_a_window_model_learns_the_mean_of_the_window_and_says_when_it_cannot():
    units = np.repeat(np.array([[0.5, 2.0, 8.0]]), 60, axis=0)[:, np.arange(300) % 3]
    drawn = np.random.default_rng(4).poisson(units).astype(float)
    got = window_mean(drawn, [50], learn_until=50, window=2, season=12)[0]
    for rate, j in ((0.5, 0), (2.0, 1), (8.0, 2)):
        assert got[j::3].mean() == pytest.approx(rate, rel=0.1)
    with pytest.raises(NotEnoughHistory):
        window_mean(drawn, [9], learn_until=9, window=2, season=12)
    with pytest.raises(ValueError, match="would leak"):
        window_mean(drawn, [9], learn_until=20, window=2, season=12)
