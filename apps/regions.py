"""What regions are called: `dim_region` as words, and which region lies below which. Pure."""

from __future__ import annotations

import itertools
from collections.abc import Mapping, Sequence

import polars as pl

from apps import words


def names(regions: pl.DataFrame) -> dict[str, str]:
    """regions: dim_region. The name of each region by its path; a market has the name of its country."""
    return {path: words.country(name) for path, name in regions.select("region_path", "name").iter_rows()}


def trail(path: str, named: Mapping[str, str]) -> str:
    """Every step by name, top first: Middle East and Africa › Gulf › Saudi Arabia."""
    steps = path.split("/")
    above = ("/".join(steps[:depth]) for depth in range(1, len(steps) + 1))
    return " › ".join(named.get(one, one.rsplit("/", 1)[-1]) for one in above)


def trails(regions: pl.DataFrame) -> dict[str, str]:
    """The trail of each region by its path, as choices show it."""
    named = names(regions)
    return {path: trail(path, named) for path in sorted(named)}


def inside(region: str) -> pl.Expr:
    """Rows of the region itself or of one below it; without a region, every row."""
    path = pl.col("region_path")
    return (path == region) | path.str.starts_with(f"{region}/") if region else pl.lit(value=True)


def next_below(region: str) -> pl.Expr:
    """The region one step below `region` on the way to each row; a row of the region itself stays."""
    depth = len(region.split("/")) + 1 if region else 1
    return pl.col("region_path").str.split("/").list.head(depth).list.join("/")


def shared(paths: Sequence[str]) -> str:
    """The deepest region that all of these lie in; empty when they share none."""
    steps = [path.split("/") for path in paths]
    common = itertools.takewhile(lambda level: len(set(level)) == 1, zip(*steps, strict=False))
    return "/".join(level[0] for level in common)
