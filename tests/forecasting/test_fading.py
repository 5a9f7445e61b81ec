"""Phase-out: a dying part's rate falls ahead where its windows say so, and nowhere else."""

import numpy as np
import polars as pl
import pytest

from forecasting.backtest import Judge
from forecasting.choose import Candidate, Method
from forecasting.classes import DemandClass
from forecasting.parts import forecast_parts
from forecasting.project import faded, project
from tests.forecasting.test_parts import as_demand, negative_binomial

pytestmark = pytest.mark.fast


def judged(*actual: float) -> Judge:
    """One origin, one dying series."""
    window = np.array(actual)[None, :, None]
    return Judge(window, np.array([[DemandClass.dying]]), 0.01)


def flat(level: float) -> Candidate:
    return Candidate(Method.weighted_mean, np.array([[level], [level]]), 0.1)


def test_a_part_that_halves_every_month_is_forecast_to_go_on_halving():
    chosen, loss = faded(flat(8.0), judged(8, 4, 2, 1), horizon=4)
    assert (chosen.method, chosen.settings) == (Method.fading, "weighted_mean keeping 50% a month")
    assert chosen.forecast[-1, :, 0].tolist() == [8, 4, 2, 1]
    assert loss == pytest.approx(0.0)


def test_a_part_that_goes_on_selling_stays_flat():
    chosen, loss = faded(flat(2.0), judged(2, 2, 2, 2), horizon=4)
    assert chosen.method is Method.weighted_mean
    # nearest is .95 a month: deviance 2 (y log(y / m) - (y - m)) of 2 against 2, 1.9, 1.805, 1.71475
    means = [2 * 0.95**n for n in range(4)]
    assert loss == pytest.approx(sum(2 * (2 * np.log(2 / m) - (2 - m)) for m in means))


def panel() -> np.ndarray:
    """200 steady parts, and 200 that sold once a month and fade out at random from month 24 on."""
    rng = np.random.default_rng(5)
    units = negative_binomial(48, 400)
    end = rng.integers(24, 46, 200)
    late = np.maximum(np.arange(48)[:, None] - end[None, :], 0)
    units[:, 200:] = rng.poisson(2.0 * 0.75**late)
    return units


def test_a_dying_class_that_fades_is_forecast_to_fade_and_its_path_adds_up_to_its_mean():
    found = forecast_parts(as_demand(panel()), horizon=6)
    methods = dict(found.series.filter(method="fading").select("demand_class", "method").iter_rows())
    assert methods == {"dying": "fading"}
    rows = found.monthly.filter(method="fading").join(
        found.path, on=["outlet_id", "part_id", "month"], how="full", coalesce=True
    )
    assert rows.height == 6 * found.series.filter(method="fading").height
    assert rows["mean"].to_list() == rows["units"].to_list()
    ends = rows.sort("month").group_by("outlet_id", "part_id").agg(
        first=pl.col("mean").first(), last=pl.col("mean").last()
    )  # fmt: skip
    assert (ends["last"] < ends["first"]).all()
    means = found.path.group_by("outlet_id", "part_id").agg(pl.col("units").mean())
    both = means.join(found.series, on=["outlet_id", "part_id"])
    assert both["units"].to_list() == pytest.approx(both["mean_units_per_month"].to_list())
    losses = dict(found.losses.filter(demand_class="dying").select("method", "loss_to_naive").iter_rows())
    assert losses["fading"] < min(loss for name, loss in losses.items() if name != "fading")


def test_no_other_class_is_offered_a_fall_and_steady_parts_have_no_path():
    found = forecast_parts(as_demand(negative_binomial(48, 200)), horizon=6)
    tried = found.losses.filter(method="fading")["demand_class"].unique().to_list()
    assert set(tried) <= {"dying"}
    assert found.path.is_empty()


def test_the_fall_of_an_origin_reads_nothing_after_it():
    later = Candidate(Method.weighted_mean, np.array([[8.0], [80.0]]), 0.1)
    one, other = (faded(c, judged(8, 4, 2, 1), horizon=4)[0] for c in (flat(8.0), later))
    assert np.array_equal(one.forecast[0], other.forecast[0])
    units = panel()
    units[45:] = 9
    kept = project(units, horizon=6, season=12, origins=6)
    before = project(panel(), horizon=6, season=12, origins=6)
    at = before.backtest.origins.index(42)
    assert (kept.past_class[at] == before.past_class[at]).all()
