"""Reads a published table with an actor's rows and columns, and nothing else.

In: an open snapshot, the actor, a `Selection`. Out: a polars frame. The rows an actor may see are
decided in `_rows`, the columns in `usable_columns`; every format and every page comes through here.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import polars as pl

from operational_api import policy
from operational_api.access import Actor
from operational_api.insights.selection import (
    Comparison,
    Filter,
    Selection,
    known_columns,
)
from operational_api.refusals import NotAllowed, NotFound, Unavailable
from pipelines.snapshot import Column, Snapshot, SnapshotError, Table

# A row belongs to the outlets named in these columns; the first line that a table has decides.
OWNERS = (("outlet_id",), ("holder_outlet_id", "seller_outlet_id"), ("from_outlet_id", "to_outlet_id"))
REGION = "region_path"
# The brand's own tables, without any outlet's figures: everybody who signs in may read them.
SHARED = frozenset(
    {
        "bridge_part_chain",
        "bridge_part_interchange",
        "bridge_part_kit",
        "fct_part_supersession",
        "mart_vehicle_360",
        "mart_vehicle_campaign",
        "dim_date",
        "dim_exchange_rate",
        "dim_market_day",
        "dim_part",
        "dim_product",
        "dim_region",
        "mart_forecast_accuracy",
        "mart_market_share",
    }
)


@dataclass(frozen=True, slots=True)
class Page:
    """A page of a table: its rows, and how many there are in all for this actor and these filters."""

    table: str
    snapshot: Snapshot
    columns: tuple[Column, ...]
    frame: pl.DataFrame
    total: int
    selection: Selection


def read_table(
    snapshot: Snapshot,
    actor: Actor,
    table: str,
    *,
    columns: Sequence[str] = (),
    where: Mapping[str, object] | None = None,
    order: Sequence[str] = (),
    limit: int | None = None,
    offset: int = 0,
) -> pl.DataFrame:
    """Rows of `table` the actor may see, personal columns masked, in published order unless `order` is given.

    `where` maps a column to a value, None, or a list of values; `order` names columns, `-column` for
    descending; no `limit` means all. Raises a Refusal.
    """
    filters = tuple(
        Filter(c, Comparison.IN, tuple(v) if isinstance(v, list | tuple) else (v,))
        for c, v in (where or {}).items()
    )
    ordered = tuple((name.removeprefix("-"), name.startswith("-")) for name in order)
    selection = Selection(columns=tuple(columns), filters=filters, order=ordered, limit=limit, offset=offset)
    return read_page(snapshot, actor, table, selection).frame


def read_page(snapshot: Snapshot, actor: Actor, table: str, selection: Selection) -> Page:
    """One page. Masked columns are shown masked; nobody filters or sorts by what is masked for him."""
    shown = visible_columns(snapshot, actor, table)
    usable = usable_columns(snapshot, actor, table)
    names = known_columns("columns", selection.columns, shown) or tuple(shown)
    known_columns("filter", (f.column for f in selection.filters), usable)
    known_columns("order", (column for column, _ in selection.order), usable)
    rows = scoped(snapshot, actor, table).filter(*(f.expression() for f in selection.filters))
    if selection.order:
        rows = rows.sort(
            [column for column, _ in selection.order],
            descending=[down for _, down in selection.order],
            nulls_last=True,
            maintain_order=True,
        )
    columns = [_shown(snapshot, actor, table, shown[name]) for name in names]
    total, page = pl.collect_all(
        [rows.select(pl.len()), rows.slice(selection.offset, selection.limit).select(columns)]
    )
    return Page(table, snapshot, tuple(shown[n] for n in names), page, total.item(), selection)


def scoped(snapshot: Snapshot, actor: Actor, table: str) -> pl.LazyFrame:
    """The actor's rows of a table, with every column: for sums, never for showing."""
    entry = entry_of(snapshot, actor, table)
    rows = _verified(snapshot, table)
    if actor.outlets is None:
        return rows
    owners = owners_of(entry)
    if owners:
        mine = list(actor.outlets)
        own = pl.any_horizontal(pl.col(owner).is_in(mine) for owner in owners)
        return rows.filter(own | _of_the_region(actor, entry, owners))
    return rows


def _of_the_region(actor: Actor, entry: Table, owners: Sequence[str]) -> pl.Expr:
    """What speaks of a region as a whole is read by whoever has it or one above it."""
    if actor.region_path is None or REGION not in {column.name for column in entry.columns}:
        return pl.lit(False)
    region = pl.col(REGION)
    nobodys = pl.all_horizontal(pl.col(owner).is_null() for owner in owners)
    below = (region == actor.region_path) | region.str.starts_with(f"{actor.region_path}/")
    return nobodys & below.fill_null(False)


def _verified(snapshot: Snapshot, table: str) -> pl.LazyFrame:
    """A file that is not the one published gives no figures at all."""
    try:
        return snapshot.scan(table)
    except SnapshotError as broken:
        raise Unavailable(str(broken)) from broken


def entry_of(snapshot: Snapshot, actor: Actor, table: str) -> Table:
    """The manifest's entry of a table the actor may read; NotFound or NotAllowed otherwise."""
    entry = snapshot.manifest.tables.get(table)
    if entry is None:
        raise NotFound(
            f"snapshot {snapshot.snapshot_id} has no table {table}: a new one comes with the next run; "
            "GET /v1/insights lists them"
        )
    if not may_read(actor, table, entry):
        raise NotAllowed(f"{table} holds figures of every outlet; it is read by the maker's planners")
    return entry


def may_read(actor: Actor, table: str, entry: Table) -> bool:
    """A confined actor reads what has an owner, and what belongs to the brand alone."""
    if actor.outlets is None or table in SHARED:
        return True
    return bool(owners_of(entry))


def owners_of(entry: Table) -> tuple[str, ...]:
    """The columns that say whose a row is; empty when the table has none."""
    names = {column.name for column in entry.columns}
    return next((columns for columns in OWNERS if names.issuperset(columns)), ())


def visible_columns(snapshot: Snapshot, actor: Actor, table: str) -> dict[str, Column]:
    """Columns the actor is shown, some of them masked."""
    entry = entry_of(snapshot, actor, table)
    return {c.name: c for c in entry.columns if _access(actor, table, c).access is not policy.Access.HIDDEN}


def usable_columns(snapshot: Snapshot, actor: Actor, table: str) -> dict[str, Column]:
    """Columns the actor sees as they are, and may therefore filter, sort and group by."""
    shown = visible_columns(snapshot, actor, table)
    return {n: c for n, c in shown.items() if _access(actor, table, c).is_plain}


def _access(actor: Actor, table: str, column: Column) -> policy.ColumnAccess:
    return policy.column_access(
        actor.grants, table, column.name, is_personal=column.personal, hidden_from=column.hidden_from
    )


def _shown(snapshot: Snapshot, actor: Actor, table: str, column: Column) -> pl.Expr:
    """The column as the actor sees it. Without a state to judge by, all is masked."""
    access = _access(actor, table, column)
    if access.is_plain:
        return pl.col(column.name)
    has_state = any(c.name == "state" for c in snapshot.manifest.tables[table].columns)
    if access.veiled_states and has_state:
        return policy.mask(column.name, where=pl.col("state").is_in(list(access.veiled_states)))
    return policy.mask(column.name)
