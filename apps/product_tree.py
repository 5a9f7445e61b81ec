"""The product tree of the forecast review: brand, series, model and variant of the place in view.

In: published whole cars of every series, what series were made of lately. Out: rows that add up from variant
to brand, and the node that the address names. Series are forecast; models and variants are a split of them.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date

import polars as pl
import streamlit as st

from apps import frame, session, words
from forecasting import mix

INDENT = "\u2003"
LEVELS = ("brand", "series", "model", "variant")
BRAND, MODEL = "brand", "model"  # parameters of the address
UNSPLIT = "Not sold here in 12 months"


@dataclass(frozen=True, slots=True)
class Node:
    """What the chart and the grid above the tree show: a series, or every series of its brand.

    model: the one that is opened, empty when none is.
    """

    brand: str
    series: str
    inside: tuple[str, ...]
    model: str

    @property
    def is_brand(self) -> bool:
        return len(self.inside) != 1

    @property
    def title(self) -> str:
        return self.brand if self.is_brand else self.series


def node(series: str, products: pl.DataFrame, forecast: Sequence[str]) -> Node:
    """The node of the address. products: dim_product. forecast: every series that is forecast."""
    brands = brands_of(products, forecast)
    brand = brands[series]
    inside = tuple(s for s in forecast if brands[s] == brand)
    whole = st.query_params.get(BRAND) == brand and len(inside) > 1
    return Node(brand, series, inside if whole else (series,), st.query_params.get(MODEL, ""))


def brands_of(products: pl.DataFrame, series: Sequence[str]) -> dict[str, str]:
    """Brand by series; a series that no product has yet, as one forecast by analogy, is of no brand."""
    known = dict(products.drop_nulls("brand").select("series", "brand").iter_rows())
    return {one: known.get(one, "No brand yet") for one in series}


def leave_brand() -> None:
    """Back to one series, as whatever else is picked on the page does."""
    for parameter in (BRAND, MODEL):
        st.query_params.pop(parameter, None)


def show(at: Node, plan: pl.DataFrame, outlets: Sequence[str], products: pl.DataFrame) -> None:
    """plan: mart_forecast_vintage of this month, final step, the months shown, every outlet in scope."""
    sold = session.table("mart_vehicle_mix")
    found = rows(at, plan, sold, brands_of(products, sorted(plan["series"].unique())), outlets)
    st.markdown(f"**{' › '.join(path(at))}**")
    key = f"tree_{st.session_state.get('tree_round', 0)}"
    months = [name for name in found.columns if name[:1].isdigit()]
    frame.table(
        found.with_columns(
            product=pl.struct("level", "name").map_elements(
                lambda r: INDENT * LEVELS.index(r["level"]) + r["name"], return_dtype=pl.String
            ),
            level=pl.col("level").replace({name: words.label(name) for name in LEVELS}),
        ).select("product", *months, "ahead", "sold", "level"),
        key=key,
        on_select="rerun",
        selection_mode="single-row",
        column_config={
            "product": st.column_config.TextColumn("Product", width=170, pinned=True),
            "level": st.column_config.TextColumn("Level", width=70),
            "sold": st.column_config.NumberColumn("Sold, 12 months", format="%d"),
            **{
                m: st.column_config.NumberColumn(f"{date.fromisoformat(m):%b %y}", format="%d")
                for m in months
            },
            "ahead": st.column_config.NumberColumn("Together", format="%d"),
        },
        alt="Whole cars by brand, series, model and variant; each level adds up to the one above",
    )
    st.caption(
        "Whole cars, as in the plan grid: each level adds up to the one above. **Series are forecast and "
        "overridden; models and variants are a split** of their series by what each market sold of them "
        "in the last 12 complete months, not forecasts of their own. Tick a row to go there."
    )
    picked = frame.picked(found, key)
    if picked is not None:
        st.session_state["tree_round"] = st.session_state.get("tree_round", 0) + 1
        _go(at, found.row(picked, named=True))
        st.rerun()


def _go(at: Node, row: dict[str, str]) -> None:
    """To the row's node; the series stays in the address under its brand, so that the way back is known."""
    leave_brand()
    if row["level"] == "brand":
        st.query_params[BRAND] = row["brand"]
    stays = row["level"] == "brand" and row["brand"] == at.brand
    st.query_params["series"] = at.series if stays else row["series"]
    if row["model"]:
        st.query_params[MODEL] = row["model"]


def path(at: Node) -> list[str]:
    """The node and what is above it, top first."""
    below = () if at.is_brand else (at.series, *((at.model,) if at.model else ()))
    return ["Product tree", at.brand, *below]


def rows(
    at: Node, plan: pl.DataFrame, sold: pl.DataFrame, brands: dict[str, str], outlets: Sequence[str]
) -> pl.DataFrame:
    """Brands, below the node's its series, below its series the models, below the open model its variants.

    A series with one model shows its variants at once. Out: level, brand, series (of a brand its first),
    model, name, sold, a column per month (ISO first day), ahead.
    """
    here = pl.col("outlet_id").is_in(outlets)
    cells = plan.select("market", "outlet_id", "series", "units", month="forecast_month").with_columns(
        pl.col("units").round().cast(pl.Int64), brand=pl.col("series").replace_strict(brands)
    )
    mixed = sold.with_columns(brand=pl.col("series").replace_strict(brands, default=None))
    months = sorted(cells["month"].unique())
    inside, bought = cells.filter(here), mixed.filter(here)
    levels = [_sums(inside, bought, months, ["brand"])]
    levels.append(
        _sums(inside.filter(brand=at.brand), bought.filter(brand=at.brand), months, ["brand", "series"])
    )
    if not at.is_brand:
        parts = mix.split(cells.filter(series=at.series), mixed.filter(series=at.series)).filter(here)
        own = parts.with_columns(brand=pl.lit(at.brand), series=pl.lit(at.series))
        own = own.with_columns(pl.col("model", "variant").fill_null(UNSPLIT))
        models = own["model"].unique()
        opened = (
            own.filter(model=at.model) if at.model in models else own if models.len() == 1 else own.clear()
        )
        keys = ["brand", "series", "model"]
        of_series = bought.filter(series=at.series)
        levels.append(_sums(own, of_series, months, keys))
        levels.append(
            _sums(opened.filter(pl.col("variant") != UNSPLIT), of_series, months, [*keys, "variant"])
        )
    return _in_order(pl.concat(list(_named(levels)), how="diagonal"), brands)


def _sums(cells: pl.DataFrame, sold: pl.DataFrame, months: list[date], keys: list[str]) -> pl.DataFrame:
    """One row per node: what was sold of it, a column per month, and all months together."""
    return (
        cells.group_by(keys)
        .agg(
            *(pl.col("units").filter(pl.col("month") == m).sum().alias(m.isoformat()) for m in months),
            ahead=pl.col("units").sum(),
        )
        .join(sold.group_by(keys).agg(sold=pl.col("units").sum()), on=keys, how="left")
        .with_columns(pl.col("sold").fill_null(0))
    )


def _named(levels: Sequence[pl.DataFrame]) -> Iterator[pl.DataFrame]:
    for level, found in zip(LEVELS, levels, strict=False):
        yield found.with_columns(level=pl.lit(level), name=pl.col(level))


def _in_order(found: pl.DataFrame, brands: dict[str, str]) -> pl.DataFrame:
    """Every node before what is below it; a brand stands for its first series."""
    first = {brand: series for series, brand in sorted(brands.items(), reverse=True)}
    for name in ("series", "model", "variant"):
        if name not in found.columns:
            found = found.with_columns(pl.lit(None, dtype=pl.String).alias(name))
    return (
        found.sort("brand", "series", "model", "variant", nulls_last=False)
        .with_columns(
            series=pl.coalesce("series", pl.col("brand").replace_strict(first, default=None)),
            model=pl.when(pl.col("model") != UNSPLIT).then("model").fill_null(""),
        )
        .drop("variant")
    )
