"""Frame to chart, pure: no Streamlit, no reading. Colour never carries the message alone."""

from __future__ import annotations

from datetime import date

import altair as alt
import polars as pl

INK = "#1B2733"
BLUE, ORANGE, GREY, LIGHT, RED, GREEN = "#0B5FA5", "#C2570C", "#6B7785", "#BFD6EA", "#B3261E", "#1B7F4B"
MONTH_AXIS = alt.Axis(format="%b %y", title=None, labelAngle=0, labelOverlap=True, grid=False)


def forecast_cell(
    history: pl.DataFrame,
    forecast: pl.DataFrame,
    last_year: pl.DataFrame,
    *,
    as_of: date,
    unit: str = "units",
    last_vintage: pl.DataFrame | None = None,
    events: pl.DataFrame | None = None,
    marked: pl.DataFrame | None = None,
) -> alt.LayerChart:
    """History, 80 % band, baseline, final, last year, last vintage, overrides, months with a promotion.

    history, last_year, last_vintage: month, units. forecast: month, baseline, final, overrides, q10, q90.
    events: month, days (per cent of the month). marked: month, units, cleaned of months that are no guide.
    """
    vintage = history.clear() if last_vintage is None else last_vintage
    band = (
        alt.Chart(forecast)
        .mark_area(color=LIGHT, opacity=0.7)
        .encode(x=alt.X("month:T", axis=MONTH_AXIS), y=alt.Y("q10:Q", title=unit), y2="q90:Q")
    )
    lines = pl.concat(
        [
            history.select("month", pl.col("units").cast(pl.Float64), line=pl.lit("Actual")),
            last_year.select("month", pl.col("units").cast(pl.Float64), line=pl.lit("Same month last year")),
            vintage.select("month", pl.col("units").cast(pl.Float64), line=pl.lit("Last vintage")),
            forecast.select("month", units="baseline", line=pl.lit("Baseline")),
            forecast.select("month", units="final", line=pl.lit("Final")),
        ]
    )
    names = ["Actual", "Baseline", "Final", "Last vintage", "Same month last year"]
    style = alt.Chart(lines).encode(
        x=alt.X("month:T", axis=MONTH_AXIS),
        y=alt.Y("units:Q"),
        color=alt.Color(
            "line:N",
            scale=alt.Scale(domain=names, range=[INK, BLUE, ORANGE, GREEN, GREY]),
            legend=alt.Legend(orient="top", title=None, symbolType="stroke", symbolStrokeWidth=3),
        ),
        strokeDash=alt.StrokeDash(
            "line:N",
            scale=alt.Scale(domain=names, range=[[1, 0], [1, 0], [6, 3], [4, 4], [2, 3]]),
            legend=None,
        ),
        tooltip=[
            alt.Tooltip("line:N", title=" "),
            alt.Tooltip("month:T", format="%b %Y"),
            alt.Tooltip("units:Q", format=",.1f"),
        ],
    )
    now = (
        alt.Chart(pl.DataFrame({"month": [as_of]}))
        .mark_rule(color=GREY, strokeDash=[2, 2])
        .encode(x="month:T")
    )
    changed = (
        alt.Chart(forecast)
        .transform_filter("datum.overrides > 0")
        .mark_point(shape="triangle-down", size=90, color=ORANGE, filled=True, yOffset=-10)
        .encode(x="month:T", y="final:Q", tooltip=[alt.Tooltip("overrides:Q", title="overrides in force")])
    )
    lines_and_points = style.mark_line(strokeWidth=2.2) + style.mark_point(size=16, filled=True)
    drawn = band + now + lines_and_points + changed
    if marked is not None and not marked.is_empty():
        drawn += _no_guide(marked)
    if events is not None and not events.is_empty():
        drawn += _promoted(events)
    return drawn.properties(height=330)


def _no_guide(marked: pl.DataFrame) -> alt.LayerChart:
    """A cross on what came, a ring on what is learnt from, a line between them."""
    base = alt.Chart(marked).encode(
        x="month:T",
        tooltip=[
            alt.Tooltip("month:T", format="%b %Y", title="no guide"),
            alt.Tooltip("units:Q", title="came"),
            alt.Tooltip("cleaned:Q", format=".1f", title="learnt from"),
        ],
    )
    between = base.mark_rule(color=RED, strokeDash=[2, 2]).encode(y="units:Q", y2="cleaned:Q")
    came = base.mark_text(text="✕", color=RED, fontSize=14).encode(y="units:Q")
    learnt = base.mark_point(shape="circle", size=70, color=RED, filled=False).encode(y="cleaned:Q")
    return between + came + learnt


def _promoted(events: pl.DataFrame) -> alt.Chart:
    return (
        alt.Chart(events)
        .mark_text(text="◆", color=RED, fontSize=11, dy=-6)
        .encode(
            x="month:T",
            y=alt.datum(0),
            tooltip=[
                alt.Tooltip("month:T", format="%b %Y", title="promotion"),
                alt.Tooltip("days:Q", format=".0f", title="% of days"),
            ],
        )
    )


def sales_against_target(months: pl.DataFrame) -> alt.LayerChart:
    """Retail as bars, target as ticks, forecast as hollow points. months: month, retail, target, forecast."""
    return _against_target(months, "cars", ("Retail", "Target", "Forecast"))


def parts_against_target(months: pl.DataFrame, unit: str) -> alt.LayerChart:
    """The same with dealers' plan as crosses. months: month, retail, target, forecast, plan; in `unit`."""
    return _against_target(months, unit, ("Actual", "Target", "Forecast", "Dealers' plan"))


def _against_target(months: pl.DataFrame, unit: str, kinds: tuple[str, ...]) -> alt.LayerChart:
    base = alt.Chart(months).encode(
        x=alt.X("yearmonth(month):O", axis=alt.Axis(format="%b %y", title=None, labelAngle=0))
    )
    color = alt.Color(
        "kind:N",
        scale=alt.Scale(domain=list(kinds), range=[BLUE, INK, ORANGE, GREEN][: len(kinds)]),
        legend=alt.Legend(orient="top", title=None),
    )

    def layer(kind: str) -> alt.Chart:
        return base.transform_calculate(kind=f'"{kind}"').encode(color=color)

    bars = layer(kinds[0]).mark_bar(size=20).encode(y=alt.Y("retail:Q", title=unit))
    ticks = layer(kinds[1]).mark_tick(thickness=3, size=26).encode(y="target:Q")
    points = layer(kinds[2]).mark_point(size=60, strokeWidth=2, filled=False).encode(y="forecast:Q")
    drawn = bars + ticks + points
    if len(kinds) > 3:
        drawn += layer(kinds[3]).mark_point(size=60, strokeWidth=2, shape="cross").encode(y="plan:Q")
    return drawn.properties(height=280)


def stacked_weeks(weeks: pl.DataFrame, kinds: list[str]) -> alt.Chart:
    """Counts stacked by the Monday of their week, `kinds` in order. weeks: due_week, one column a kind."""
    colors = [BLUE, LIGHT, RED, GREY][: len(kinds)]
    return (
        alt.Chart(weeks)
        .transform_fold(kinds, as_=["kind", "count"])
        .transform_calculate(order=f"indexof({kinds}, datum.kind)")
        .mark_bar(size=18)
        .encode(
            x=alt.X("yearmonthdate(due_week):O", axis=alt.Axis(format="%d %b", title=None, labelAngle=0)),
            y=alt.Y("count:Q", title="contacts"),
            color=alt.Color(
                "kind:N",
                scale=alt.Scale(domain=kinds, range=colors),
                legend=alt.Legend(orient="top", title=None),
            ),
            order="order:Q",
        )
        .properties(height=260)
    )


def score_heatmap(scores: pl.DataFrame, dealers: list[str], axes: list[str]) -> alt.LayerChart:
    """Dealer by axis, the score written in each cell. scores: dealer, axis, score (null: too few cases)."""
    base = alt.Chart(scores).encode(
        x=alt.X("axis:N", sort=axes, title=None, axis=_over_columns(len(axes))),
        y=alt.Y("dealer:N", sort=dealers, title=None, axis=alt.Axis(labelLimit=190)),
    )
    cells = base.mark_rect(stroke="white", strokeWidth=2).encode(
        color=alt.Color(
            "score:Q",
            scale=alt.Scale(domain=[0, 50, 100], range=["#E7A08F", "#F6F1E4", "#8CBFA3"]),
            legend=None,
        )
    )
    text = base.mark_text(fontSize=13, color=INK).encode(text=alt.Text("text:N"))
    return (cells + text).properties(height=alt.Step(34))


def _over_columns(columns: int) -> alt.Axis:
    """Every column keeps its name: level where there is room for it, upright on a phone."""
    narrow = f"width < {columns * 44}"
    return alt.Axis(
        orient="top",
        labelOverlap=False,
        labelAngle=alt.ExprRef(f"{narrow} ? -90 : 0"),
        labelAlign=alt.ExprRef(f"{narrow} ? 'left' : 'center'"),
        labelBaseline=alt.ExprRef(f"{narrow} ? 'middle' : 'bottom'"),
    )


def ageing(buckets: pl.DataFrame, order: list[str]) -> alt.Chart:
    """Cars by age. buckets: age_bucket, units."""
    return (
        alt.Chart(buckets)
        .mark_bar()
        .encode(
            y=alt.Y("age_bucket:N", sort=order, title="days since receipt"),
            x=alt.X("units:Q", title="cars", axis=alt.Axis(tickMinStep=1, grid=False)),
            color=alt.condition(alt.datum.is_aged, alt.value(ORANGE), alt.value(BLUE)),
            tooltip=["age_bucket:N", "units:Q"],
        )
        .properties(height=230)
    )


def cars_by_stage(stages: pl.DataFrame) -> alt.LayerChart:
    """Undelivered cars by stage, those long in it in orange. stages: name, cars, long."""
    parts = pl.concat(
        [
            stages.select("name", units=pl.col("cars") - pl.col("long"), kind=pl.lit("As usual")),
            stages.select("name", units="long", kind=pl.lit("Long in it")),
        ]
    )
    order = stages["name"].to_list()
    y = alt.Y("name:N", sort=order, title=None, axis=alt.Axis(labelLimit=190))
    kinds = alt.Scale(domain=["As usual", "Long in it"], range=[BLUE, ORANGE])
    bars = (
        alt.Chart(parts)
        .mark_bar()
        .encode(
            y=y,
            x=alt.X("units:Q", title="cars", axis=alt.Axis(tickMinStep=1, grid=False)),
            color=alt.Color("kind:N", scale=kinds, legend=alt.Legend(orient="top", title=None)),
            tooltip=["name:N", "kind:N", "units:Q"],
        )
    )
    text = alt.Chart(stages).mark_text(align="left", dx=5, color=INK).encode(y=y, x="cars:Q", text="cars:Q")
    return (bars + text).properties(height=alt.Step(30))


def funnel(stages: pl.DataFrame, order: list[str]) -> alt.LayerChart:
    """Stages of one cohort with the share of the first stage. stages: stage, count, text."""
    base = alt.Chart(stages).encode(y=alt.Y("stage:N", sort=order, title=None))
    bars = base.mark_bar(color=BLUE).encode(
        x=alt.X("count:Q", title=None, axis=alt.Axis(grid=False, tickCount=4))
    )
    text = base.mark_text(align="left", dx=6, fontSize=12, color=INK).encode(x="count:Q", text="text:N")
    return (bars + text).properties(height=230)


def shares_by_month(months: pl.DataFrame, title: str) -> alt.Chart:
    """A share over time, one line a series, a legend when there are several. months: month, share, line."""
    several = months["line"].n_unique() > 1
    low, high = months["share"].min() or 0.0, months["share"].max() or 0.0
    domain = [
        max(low - 0.05, 0.0),
        min(high + 0.05, 1.0),
    ]  # ten points at least, so that noise looks like noise
    return (
        alt.Chart(months)
        .mark_line(point=True, strokeWidth=2)
        .encode(
            x=alt.X("month:T", axis=MONTH_AXIS),
            y=alt.Y(
                "share:Q",
                title=title,
                axis=alt.Axis(format=".0%", tickCount=5),
                scale=alt.Scale(domain=domain),
            ),
            color=alt.Color(
                "line:N",
                legend=alt.Legend(orient="top", title=None, symbolType="stroke") if several else None,
                scale=alt.Scale(range=[BLUE, ORANGE, GREY]),
            ),
            strokeDash=alt.StrokeDash("line:N", legend=None),
            tooltip=["line:N", alt.Tooltip("month:T", format="%b %Y"), alt.Tooltip("share:Q", format=".1%")],
        )
        .properties(height=230)
    )


def cover_by_series(cells: pl.DataFrame) -> alt.LayerChart:
    """Days of supply by series, against the healthy range of 30 to 60. cells: series, cover_days, text."""
    base = alt.Chart(cells).encode(y=alt.Y("series:N", sort="-x", title=None))
    bars = base.mark_bar(color=BLUE).encode(
        x=alt.X("cover_days:Q", title="days of supply", axis=alt.Axis(grid=False))
    )
    text = base.mark_text(align="left", dx=6, color=INK).encode(x="cover_days:Q", text="text:N")
    zone = (
        alt.Chart(pl.DataFrame({"low": [30], "high": [60]}))
        .mark_rect(color=GREEN, opacity=0.3)
        .encode(x="low:Q", x2="high:Q")
    )
    return (bars + zone + text).properties(height=alt.Step(34))


def share_changes(shares: pl.DataFrame) -> alt.LayerChart:
    """A line from the share of a year ago to the share of now, most lost first.

    shares: market, share, share_before, change. A market without figures of a year ago is a point.
    """
    rows = shares.with_columns(
        moved=pl.when(pl.col("change") < 0).then(pl.lit("Lost")).otherwise(pl.lit("Gained"))
    )
    order = shares["market"].to_list()
    percent = alt.Axis(format=".1%", grid=False, tickCount=6)
    base = alt.Chart(rows).encode(
        y=alt.Y("market:N", sort=order, title=None, axis=alt.Axis(labelLimit=190)),
        color=alt.Color(
            "moved:N",
            scale=alt.Scale(domain=["Lost", "Gained"], range=[ORANGE, BLUE]),
            legend=alt.Legend(orient="top", title=None),
        ),
        tooltip=[
            "market:N",
            alt.Tooltip("share:Q", title="now", format=".1%"),
            alt.Tooltip("share_before:Q", title="a year ago", format=".1%"),
        ],
    )
    lines = base.mark_rule(strokeWidth=3).encode(
        x=alt.X(
            "share_before:Q",
            title="our share: a year ago (open) and now (filled)",
            axis=percent,
            scale=alt.Scale(zero=False, padding=20),
        ),
        x2="share:Q",
    )
    before = base.mark_point(size=70, filled=False, strokeWidth=2).encode(x="share_before:Q")
    now = base.mark_point(size=90, filled=True, opacity=1).encode(x="share:Q")
    return (lines + before + now).properties(height=alt.Step(30))


def value_ladder(steps: pl.DataFrame) -> alt.LayerChart:
    """Error after each step as bars in order; what it added in words. steps: step_no, step, wape, said."""
    order = alt.EncodingSortField("step_no")
    base = alt.Chart(steps).encode(y=alt.Y("step:N", sort=order, axis=alt.Axis(title=None)))
    helped = alt.when("datum.value_added > 0.005").then(alt.value(GREEN))
    helped = helped.when("datum.value_added < -0.005").then(alt.value(RED)).otherwise(alt.value(GREY))
    bars = base.mark_bar(size=20).encode(
        x=alt.X("wape:Q", axis=alt.Axis(format="%", title="error (WAPE)", tickCount=5)),
        color=alt.condition("datum.value_added == null", alt.value(GREY), alt.value(BLUE)),
        tooltip=[
            alt.Tooltip("step:N"),
            alt.Tooltip("wape:Q", format=".1%"),
            alt.Tooltip("said:N", title="added"),
        ],
    )
    said = base.mark_text(align="left", dx=4, fontWeight="bold").encode(
        x="wape:Q", text="said:N", color=helped
    )
    return (bars + said).properties(height=240)


def supply_months(months: pl.DataFrame, plants: pl.DataFrame) -> alt.VConcatChart:
    """Arriving by plant as stacked bars, wanted and stock as lines, shortage in words; days' supply below.

    months: plan_month, demand_units, closing_units, gap_units, days_supply. plants: plan_month, plant, units.
    """
    axis = alt.Axis(format="%b %y", title=None, labelAngle=0)
    base = alt.Chart(months).encode(x=alt.X("yearmonth(plan_month):O", axis=axis))
    sources = plants["plant"].unique().sort().to_list()
    bars = (
        alt.Chart(plants)
        .mark_bar(size=34)
        .encode(
            x="yearmonth(plan_month):O",
            y=alt.Y("units:Q", title="cars"),
            color=alt.Color(
                "plant:N",
                scale=alt.Scale(domain=sources, range=[LIGHT, "#8DB4D6", "#E9D5BE", "#C9D7C4"]),
                legend=alt.Legend(orient="top", title="Arriving from"),
            ),
            tooltip=[alt.Tooltip("plant:N", title="from"), alt.Tooltip("units:Q", title="cars")],
        )
    )
    lines = pl.concat(
        [
            months.select("plan_month", units="demand_units", line=pl.lit("Wanted")),
            months.select("plan_month", units="closing_units", line=pl.lit("Stock at the end")),
        ]
    )
    names = ["Wanted", "Stock at the end"]
    drawn = (
        alt.Chart(lines)
        .mark_line(strokeWidth=2.4, point=True)
        .encode(
            x="yearmonth(plan_month):O",
            y="units:Q",
            color=alt.Color(
                "line:N",
                scale=alt.Scale(domain=names, range=[INK, BLUE]),
                legend=alt.Legend(orient="bottom", title=None),
            ),
            strokeDash=alt.StrokeDash(
                "line:N", scale=alt.Scale(domain=names, range=[[1, 0], [6, 3]]), legend=None
            ),
        )
    )
    short = base.transform_filter("datum.gap_units > 0").transform_calculate(
        said="'−' + datum.gap_units + ' short'"
    )
    told = short.mark_text(dy=-12, color=RED, fontWeight="bold").encode(y="demand_units:Q", text="said:N")
    # as wide as the column of a small laptop: charts one above the other do not shrink with the page
    above = alt.layer(bars, drawn, told).resolve_scale(color="independent").properties(width=480, height=240)
    days = base.encode(y=alt.Y("days_supply:Q", title="days' supply", axis=alt.Axis(tickCount=3)))
    below = days.mark_line(color=INK, point=True) + days.mark_text(dy=-10, color=INK).encode(
        text=alt.Text("days_supply:Q", format=".0f")
    )
    return alt.vconcat(above, below.properties(width=480, height=80)).resolve_scale(x="shared")


def supply_heatmap(cells: pl.DataFrame, *, is_bad: bool) -> alt.LayerChart:
    """One measure by series and month: the deeper the more; a dashed frame and ≈ where slots are not known.

    cells: series, plan_month, value, is_capacity_known. is_bad: red, because more of it is worse.
    """
    rows = cells.with_columns(
        said=pl.when(pl.col("is_capacity_known"))
        .then(pl.col("value").round(0).cast(pl.Int64).cast(pl.String))
        .otherwise(pl.format("≈ {}", pl.col("value").round(0).cast(pl.Int64)))
    )
    most = max(float(rows["value"].max() or 0.0), 1.0)  # type: ignore[arg-type]
    base = alt.Chart(rows).encode(
        x=alt.X("yearmonth(plan_month):O", axis=alt.Axis(format="%b %y", title=None, labelAngle=0)),
        y=alt.Y("series:N", title=None, axis=alt.Axis(labelFontSize=12)),
    )
    shade = alt.Scale(domain=[0, most], range=["#FFFFFF", "#E8A29C" if is_bad else LIGHT])
    deep = alt.Color("value:Q", scale=shade, legend=None)
    boxes = base.mark_rect(strokeWidth=1.5).encode(
        color=alt.condition("datum.value > 0", deep, alt.value("#FFFFFF")),
        stroke=alt.condition("datum.is_capacity_known", alt.value("#D5DCE3"), alt.value(GREY)),
        strokeDash=alt.condition("datum.is_capacity_known", alt.value([1, 0]), alt.value([4, 3])),
    )
    return (boxes + base.mark_text(color=INK).encode(text="said:N")).properties(height=alt.Step(30))


def odometer(readings: pl.DataFrame) -> alt.LayerChart:
    """Readings over time; those in doubt are crosses. readings: read_date, odometer_km, finding."""
    rows = readings.with_columns(
        said=pl.when(pl.col("finding") == "sound").then(pl.lit("Sound")).otherwise(pl.lit("In doubt"))
    )
    x = alt.X("read_date:T", title=None, axis=alt.Axis(format="%b %y", labelOverlap=True, grid=False))
    y = alt.Y("odometer_km:Q", title="km", axis=alt.Axis(format="~s"))
    line = alt.Chart(rows.filter(pl.col("finding") == "sound")).mark_line(color=LIGHT).encode(x=x, y=y)
    points = (
        alt.Chart(rows)
        .mark_point(size=90, filled=True, opacity=1)
        .encode(
            x=x,
            y=y,
            shape=alt.Shape(
                "said:N",
                scale=alt.Scale(domain=["Sound", "In doubt"], range=["circle", "cross"]),
                legend=alt.Legend(orient="top", title=None),
            ),
            color=alt.Color(
                "said:N", scale=alt.Scale(domain=["Sound", "In doubt"], range=[BLUE, RED]), legend=None
            ),
            tooltip=["read_date:T", "odometer_km:Q", "finding:N", "source:N"],
        )
    )
    return (line + points).properties(height=230)


def evidence(found: pl.DataFrame) -> alt.Chart:
    """Bits by field, for one person to the right, against to the left; the strongest word on top."""
    return (
        alt.Chart(found)
        .mark_bar()
        .encode(
            x=alt.X("bits:Q", title="bits: against ← → for"),
            y=alt.Y("field:N", sort=None, title=None),
            color=alt.Color(
                "side:N",
                scale=alt.Scale(domain=["for", "against"], range=["#1a7f5a", "#b3402e"]),
                legend=None,
            ),
            tooltip=["field", "finding", alt.Tooltip("bits:Q", format="+.1f")],
        )
        .properties(height=alt.Step(22))
    )
