"""Items that sell like one in view: what their growth and their errors say about its forecast.

An item is a series at a place (a dealer or a region). In: monthly sales, forecasts, judged forecasts, list
prices. Out: the items most alike, their figures, and what a planner should conclude, in words.
"""

from __future__ import annotations

from datetime import date
from typing import NamedTuple

import polars as pl

KEYS = ("place", "series")
YEAR = 12
SMOOTHED = 3  # months whose mean is compared: single cars of small items are noise
AHEAD = 6  # months of the forecast compared with the year before
MOST = 4
LEAST_SCORE = 0.5
LEAST_LIKES = 2  # one other item is an anecdote
LEAST_JUDGED = 3  # months below which an error says nothing
# Differences that are named, as shares: smaller ones are within what such items differ by anyway.
GROWTH_APART, ERROR_APART, LEAN = 0.15, 0.10, 0.05


class Item(NamedTuple):
    """A series at a place."""

    place: str
    series: str


def alike(history: pl.DataFrame, prices: pl.DataFrame, of: Item) -> pl.DataFrame:
    """Other items of the same place or series that still sell, most alike first, at most MOST of them.

    history: place, series, month, units of complete months, without gaps. prices: series, price.
    Out: place, series, months (in common, a year at least), shape (correlation of smoothed months), level
    and price (the smaller over the larger), score: the mean of the three, an unknown price left out.
    """
    near = history.filter((pl.col("place") == of.place) | (pl.col("series") == of.series))
    pairs = _shapes(near, of).join(_levels(near, of), on=list(KEYS))
    parts = [pl.col("shape").clip(0), pl.col("level"), pl.col("price")]
    return (
        pairs.join(_closeness(prices, of.series), on="series", how="left")
        .filter(pl.col("months") >= YEAR, pl.col("level") > 0)
        .with_columns(score=pl.mean_horizontal(parts))
        .filter(pl.col("score") >= LEAST_SCORE)
        .select(*KEYS, "months", "shape", "level", "price", "score")
        .sort("score", *KEYS, descending=[True, False, False])
        .head(MOST)
    )


def _is(of: Item) -> pl.Expr:
    return (pl.col("place") == of.place) & (pl.col("series") == of.series)


def _shapes(history: pl.DataFrame, of: Item) -> pl.DataFrame:
    """Per other item: months in common, correlation over them; 0 where one of the two never changes."""
    window = pl.col("units").cast(pl.Float64).rolling_mean(SMOOTHED, center=True, min_samples=1)
    smooth = history.sort("month").with_columns(smooth=window.over(*KEYS))
    own = smooth.filter(_is(of)).select("month", own="smooth")
    both = smooth.filter(~_is(of)).join(own, on="month")
    moved = pl.corr("smooth", "own").fill_nan(0).fill_null(0)
    return both.group_by(KEYS).agg(months=pl.len(), shape=moved)


def _levels(history: pl.DataFrame, of: Item) -> pl.DataFrame:
    """Per other item: its units of the last year against the item's, the smaller over the larger."""
    sums = _last_year(history).group_by(KEYS).agg(sold=pl.col("units").sum())
    own = sums.filter(_is(of))["sold"].sum()
    return sums.filter(~_is(of)).select(*KEYS, level=_ratio(pl.col("sold"), pl.lit(own)))


def _closeness(prices: pl.DataFrame, series: str) -> pl.DataFrame:
    own = prices.filter(pl.col("series") == series)["price"].max()
    return prices.select("series", price=_ratio(pl.col("price"), pl.lit(own, dtype=pl.Float64)))


def _ratio(one: pl.Expr, other: pl.Expr) -> pl.Expr:
    """Null where either is unknown, 0 where one of them is 0."""
    smaller, larger = pl.min_horizontal(one, other), pl.max_horizontal(one, other)
    share = pl.when(larger > 0).then(smaller / larger).otherwise(0.0)
    return pl.when(one.is_not_null() & other.is_not_null()).then(share)


def _last_year(history: pl.DataFrame) -> pl.DataFrame:
    return history.filter(pl.col("month") > pl.col("month").max().dt.offset_by("-1y"))


def figures(history: pl.DataFrame, forecast: pl.DataFrame, judged: pl.DataFrame, as_of: date) -> pl.DataFrame:
    """Per item: level, growth, expected, error, bias, n; null where the figure has nothing to stand on.

    forecast: place, series, month, units. judged: the same and actual_units, forecasts a month ahead.
    level: units a month over the last year. growth: that year over the one before, less 1. expected: the
    next AHEAD months over the same ones a year before, less 1. error, bias: shares of what came, n months.
    """
    recent = _last_year(history)
    before = history.join(recent.select(pl.col("month").dt.offset_by("-1y")).unique(), on="month")
    whole = before.group_by(KEYS).agg(earlier=pl.col("units").sum(), months=pl.len())
    level = recent.group_by(KEYS).agg(later=pl.col("units").sum(), level=pl.col("units").mean())
    grown = pl.when((pl.col("months") == YEAR) & (pl.col("earlier") > 0)).then(
        pl.col("later") / pl.col("earlier") - 1
    )
    return (
        level.join(whole, on=list(KEYS), how="left")
        .join(_expected(history, forecast, as_of), on=list(KEYS), how="left")
        .join(_errors(judged), on=list(KEYS), how="left")
        .select(*KEYS, "level", "expected", "error", "bias", growth=grown, n=pl.col("n").fill_null(0))
        .sort(KEYS)
    )


def _expected(history: pl.DataFrame, forecast: pl.DataFrame, as_of: date) -> pl.DataFrame:
    ahead = forecast.filter(
        pl.col("month") > as_of, pl.col("month") <= pl.lit(as_of).dt.offset_by(f"{AHEAD}mo")
    )
    earlier = history.select(*KEYS, pl.col("month").dt.offset_by("1y"), sold="units")
    both = ahead.join(earlier, on=[*KEYS, "month"])
    sums = both.group_by(KEYS).agg(pl.col("units", "sold").sum(), months=pl.len())
    known = (pl.col("sold") > 0) & (pl.col("months") == AHEAD)
    return sums.select(*KEYS, expected=pl.when(known).then(pl.col("units") / pl.col("sold") - 1))


def _errors(judged: pl.DataFrame) -> pl.DataFrame:
    """After adding up the cells of an item, as the plan is made for the item."""
    months = judged.group_by(*KEYS, "month").agg(pl.col("units", "actual_units").sum())
    error = pl.col("units") - pl.col("actual_units")
    came = pl.col("actual_units").sum()
    rate = pl.when((came > 0) & (pl.len() >= LEAST_JUDGED))
    return months.group_by(KEYS).agg(
        error=rate.then(error.abs().sum() / came), bias=rate.then(error.sum() / came), n=pl.len()
    )


def conclusion(found: pl.DataFrame, of: Item) -> str:
    """What a planner should make of it. found: `figures` of the item and of those alike."""
    likes = found.filter(~_is(of))
    own = found.filter(_is(of))
    if own.is_empty() or likes.height < LEAST_LIKES:
        return "Too few items sell like this one: judge it by its own history."
    grown = _middles("expected", own, likes)
    is_apart = grown is not None and abs(grown[0] - grown[1]) > GROWTH_APART
    told = [_on_growth(grown, is_apart=is_apart), _on_error(own, likes, is_apart=is_apart)]
    return " ".join(sentence for sentence in told if sentence)


def _middles(name: str, own: pl.DataFrame, likes: pl.DataFrame) -> tuple[float, float] | None:
    """The item's figure and the median of those alike; None where either is not known well enough."""
    mine, theirs = own[name][0], likes[name].drop_nulls()
    if mine is None or theirs.len() < LEAST_LIKES:
        return None
    middle = theirs.median()
    assert isinstance(middle, float)
    return float(mine), middle


def _on_growth(known: tuple[float, float] | None, *, is_apart: bool) -> str:
    if known is None:
        return "The year before is too short to compare what is expected."
    mine, theirs = known
    told = f"Expected {_signed(mine)} on last year, items alike {_signed(theirs)}:"
    if not is_apart:
        return f"{told} its forecast moves as theirs do."
    side = "high" if mine > theirs else "low"
    return f"{told} {side}, unless this item has a reason of its own; look for it before you confirm."


def _on_error(own: pl.DataFrame, likes: pl.DataFrame, *, is_apart: bool) -> str:
    """Where the error comes from; that a change gains little is not said of a forecast that stands apart."""
    error, lean = _middles("error", own, likes), _middles("bias", own, likes)
    if error is None or lean is None:
        return ""
    if min(map(abs, lean)) > LEAN and lean[0] * lean[1] > 0:
        side = "high" if lean[0] > 0 else "low"
        both = f"{_signed(lean[0])}, theirs {_signed(lean[1])}"
        return f"Plans of all run too {side} ({both}): correct the level above."
    told = f"Its plan errs by {error[0]:.0%}, theirs by {error[1]:.0%}"
    if error[0] > error[1] + ERROR_APART:
        return f"{told}: the cause lies here."
    return f"{told}." if is_apart else f"{told}: a change here has little to gain."


def _signed(share: float) -> str:
    return f"{round(100 * share):+d}%"
