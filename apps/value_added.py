"""What the value-added board concludes, frame to frame; the reckoning is `forecasting.value_added`."""

from __future__ import annotations

import polars as pl

from apps import words

STEPS = {
    "naive": "Naive",
    "statistical": "Statistical",
    "dealer": "Dealers",
    "region": "Regions",
    "hq": "Headquarters",
    "final": "Final",
}
LEVELS = {
    "market_item": "Market × series",
    "outlet_item": "Dealer × series",
    "market": "Market",
    "outlet": "Dealer",
    "network": "Whole network",
}
SUBJECTS = {"vehicle": "Cars", "part": "Parts"}
ITEMS = {"vehicle": "series", "part": "part"}
MANY = {"vehicle": "series", "part": "parts"}
VERDICTS = {
    "better": "Better",
    "worse": "Worse",
    "neutral": "No difference",
    "too_few": "Too few cases",
}
DIRECTIONS = {"up": "uplift", "down": "cut", "same": "change"}


def level_names(subject: str) -> dict[str, str]:
    """What a level is called: a part has no series."""
    return {
        level: name.replace("series", "part") if subject == "part" else name for level, name in LEVELS.items()
    }


def points(value: float | None) -> str:
    """A difference of two rates in points, signed."""
    return words.DASH if value is None else f"{words.signed(value * 100)} points"


def planners(outcomes: pl.DataFrame, names: dict[str, str]) -> dict[str, str]:
    """What each author is called: those who planned for one outlet alone by its name, with the login.

    outcomes: author, outlet_id (null for a region). names: of outlets. Others are left out.
    """
    homes = outcomes.group_by("author").agg(pl.col("outlet_id").unique()).filter(
        pl.col("outlet_id").list.len() == 1, pl.col("outlet_id").list.first().is_not_null()
    )  # fmt: skip
    return {
        author: f"{names[outlets[0]]} ({author})"
        for author, outlets in homes.iter_rows()
        if author is not None and outlets[0] in names
    }


def finding(ladder: pl.DataFrame, lag: int) -> str:
    """Which step helped most and which hurt most, in error points."""
    people = ladder.filter(
        pl.col("step").is_in(["dealer", "region", "hq"]), pl.col("value_added").is_not_null()
    )
    moved = people.filter(pl.col("value_added").abs() >= 0.005)
    when = f"{words.plural(lag, 'month')} ahead"
    if moved.is_empty():
        return f"{when.capitalize()}, nobody's changes moved the error of the forecast."
    told = [
        f"{STEPS[step]} {'took' if value > 0 else 'added'} {words.number(abs(value) * 100)} points "
        f"{'off' if value > 0 else 'to'} the error"
        for step, value in moved.sort("value_added", descending=True)
        .select("step", "value_added")
        .iter_rows()
    ]
    return f"{when.capitalize()}: " + "; ".join(told) + "."


def lags(accuracy: pl.DataFrame) -> pl.DataFrame:
    """Final plan by lag: lag, fence, WAPE, bias, and the same of the statistical forecast; n."""
    kept = accuracy.filter(pl.col("step").is_in(["statistical", "final"]), pl.col("lag") <= 6)
    rated = (
        kept.group_by("lag", "fence", "step")
        .agg(pl.col("actual_units", "absolute_error_units", "error_units", "n").sum())
        .filter(pl.col("actual_units") > 0)
        .with_columns(
            wape=pl.col("absolute_error_units") / pl.col("actual_units"),
            bias=pl.col("error_units") / pl.col("actual_units"),
        )
    )
    final, plain = rated.filter(step="final"), rated.filter(step="statistical")
    return (
        final.join(plain.select("lag", statistical_wape="wape"), on="lag")
        .select("lag", "fence", "wape", "bias", "statistical_wape", "n")
        .sort("lag")
    )


def waterfall(vintages: pl.DataFrame) -> pl.DataFrame:
    """Vintage months down, target months across, final units; a last row with what came."""
    final = vintages.filter(step="final")
    cells = final.group_by("vintage_month", "forecast_month").agg(units=pl.col("units").sum())
    rows = cells.sort("forecast_month").pivot(on="forecast_month", index="vintage_month", values="units")
    came = (
        final.filter(pl.col("actual_units").is_not_null())
        .group_by("forecast_month", "vintage_month")
        .agg(units=pl.col("actual_units").sum())
        .group_by("forecast_month")
        .agg(pl.col("units").max())
    )
    actual = dict(came.iter_rows())
    months = [name for name in rows.columns if name != "vintage_month"]
    last = {"Vintage": "What came", **{_head(m): _whole(actual.get(_day(m))) for m in months}}
    body = [
        {
            "Vintage": f"{row['vintage_month']:%b %Y}",
            **{_head(m): _whole(row[m]) for m in months},
        }
        for row in rows.sort("vintage_month").iter_rows(named=True)
    ]
    return pl.DataFrame([*body, last])


def nervousness(vintages: pl.DataFrame) -> pl.DataFrame:
    """Per fence: how much of the plan a vintage changed against the one of the month before.

    share: outlet by outlet, where one car from here to there counts twice; network_share: of an item's month
    over all outlets, which is what the factory feels.
    """
    known = vintages.filter(
        pl.col("step") == "final", pl.col("previous_units").is_not_null(), pl.col("lag") > 0
    )
    months = known.group_by("fence", "vintage_month", "forecast_month", "item").agg(
        pl.col("absolute_change_units", "previous_units", "units").sum(), pl.col("lag").min()
    )
    moved = (pl.col("units") - pl.col("previous_units")).abs()
    return (
        months.group_by("fence")
        .agg(
            changed_units=pl.col("absolute_change_units").sum(),
            network_changed_units=moved.sum(),
            units=pl.col("previous_units").sum(),
            first=pl.col("lag").min(),
        )
        .filter(pl.col("units") > 0)
        .with_columns(
            share=pl.col("changed_units") / pl.col("units"),
            network_share=pl.col("network_changed_units") / pl.col("units"),
        )
        .sort("first")
        .drop("first")
    )


def _day(name: str) -> object:
    return pl.Series([name]).str.to_date()[0]


def _head(name: str) -> str:
    return f"{_day(name):%b %y}"


def _whole(units: float | None) -> str:
    return words.number(units)
