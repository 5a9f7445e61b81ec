"""Each measure worked out by hand; the sign of an error is forecast less actual."""

import polars as pl
import pytest

from forecasting import losses

pytestmark = pytest.mark.fast

ROWS = pl.DataFrame(
    {
        "actual": [10.0, 0.0, 5.0],
        "forecast": [12.0, 1.0, 3.0],
        "q0.9": [14.0, 0.0, 3.0],
        "low": [9.0, 0.0, 6.0],
        "scale": [2.0, 2.0, 2.0],
        "scale_squared": [4.0] * 3,
        "scale_step": [0.5] * 3,
    }
)


def measured(expression: pl.Expr, rows: pl.DataFrame = ROWS) -> float | None:
    return rows.select(expression).item()


def test_wape_is_absolute_errors_over_actuals():
    assert measured(losses.wape()) == pytest.approx(5 / 15)


def test_bias_is_positive_when_too_much_was_forecast():
    assert measured(losses.bias()) == pytest.approx((2 + 1 - 2) / 15)


def test_mase_divides_by_the_in_sample_scale():
    assert measured(losses.mase()) == pytest.approx((2 + 1 + 2) / 3 / 2)


def test_rmsse_is_the_root_of_mean_square_over_the_scale():
    assert measured(losses.rmsse()) == pytest.approx(((4 + 1 + 4) / 3 / 4) ** 0.5)


def test_pinball_charges_the_level_for_shortage_and_the_rest_for_excess():
    # short by -4, 0, 2 at level .9: .1 * 4, 0, .9 * 2
    assert ROWS.select(losses.pinball(0.9, "q0.9")).to_series().to_list() == pytest.approx([0.4, 0.0, 1.8])
    assert measured(losses.weighted_quantile_loss(0.9, "q0.9")) == pytest.approx(2 * 2.2 / 15)
    assert measured(losses.scaled_pinball(0.9, "q0.9")) == pytest.approx(2.2 / 3 / 0.5)


def test_coverage_counts_actuals_at_or_below_the_quantile():
    assert measured(losses.coverage("q0.9")) == pytest.approx(2 / 3)
    assert measured(losses.interval_coverage("low", "q0.9")) == pytest.approx(2 / 3)


def test_a_zero_denominator_gives_null_not_zero_and_not_infinity():
    nothing = ROWS.with_columns(actual=pl.lit(0.0), scale=pl.lit(0.0), scale_squared=pl.lit(0.0))
    for measure in (
        losses.wape(),
        losses.bias(),
        losses.mase(),
        losses.rmsse(),
        losses.weighted_quantile_loss(0.9, "q0.9"),
    ):
        assert measured(measure, nothing) is None


def test_a_row_without_an_actual_is_not_judged():
    more = pl.concat([ROWS, ROWS.head(1).with_columns(actual=pl.lit(None, dtype=pl.Float64))])
    assert measured(losses.wape(), more) == measured(losses.wape())
    assert measured(losses.bias(), more) == measured(losses.bias())
