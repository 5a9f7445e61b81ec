"""How the columns of a sender's file become fields: by name, by a mapping, by constants.

In: a file's table of text and a `Mapping`. Out: the contract's columns as text, with the document's key,
outlet and state beside them. What the mapping does not use is told, never silently dropped.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable
from collections.abc import Mapping as Dict
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import polars as pl
import yaml

from operational_api.document import Document, Kind
from pipelines.contracts import ROW_NO, Contract

# No declared field may have one of these names.
KEY, STATE, OUTLET = "own_key", "own_state", "owner_outlet"
_DAY = r"^\s*\d{4}-\d{2}-\d{2}\s*$"
_SECTIONS = frozenset({"columns", "set", "skip_when", "zone"})


class MappingError(ValueError):
    """The mapping names what is not there; says which name and what there is."""


@dataclass(frozen=True, slots=True)
class Mapping:
    """`columns`: our field -> column of the file; `constants`: field -> value of every row, or
    `type.field` -> value of documents opened because they were missing; `skip_when`: field -> value of rows
    that say nothing happened; `zone`: IANA zone of instants without one (a bare day is noon there)."""

    columns: Dict[str, str] = field(default_factory=dict)
    constants: Dict[str, str] = field(default_factory=dict)
    skip_when: Dict[str, str] = field(default_factory=dict)
    zone: str = "UTC"

    def and_constants(self, more: Dict[str, str]) -> Mapping:
        return replace(self, constants={**self.constants, **more})

    def constants_of(self, document: str) -> dict[str, str]:
        """Constants for documents of another type, written `outlet.market=US`."""
        prefix = f"{document}."
        return {k.removeprefix(prefix): v for k, v in self.constants.items() if k.startswith(prefix)}


def read_mapping(given: Path | str | None) -> Mapping:
    """From a YAML or JSON file, or from `field=column,field=column`.

    A file holds field: column, or the sections columns, set, skip_when, zone. Raises MappingError.
    """
    if given is None or str(given) == "":
        return Mapping()
    path = Path(given)
    if path.exists():
        raw = yaml.safe_load(path.read_text())  # JSON is YAML
        return _from_sections(raw, path.name)
    pairs = [part.partition("=") for part in str(given).split(",")]
    if not all(sign and name and column for name, sign, column in pairs):
        raise MappingError(f"--mapping {given}: neither a file nor field=column,field=column")
    return Mapping(columns={name.strip(): column.strip() for name, _, column in pairs})


def _from_sections(raw: Any, name: str) -> Mapping:
    if not isinstance(raw, dict):
        raise MappingError(f"{name}: write field: column, one a line")
    if not raw.keys() & _SECTIONS:
        return Mapping(columns=_texts(raw))
    unknown = sorted(raw.keys() - _SECTIONS)
    if unknown:
        raise MappingError(
            f"{name}: unknown section {', '.join(unknown)}; known: {', '.join(sorted(_SECTIONS))}"
        )
    columns, constants, skip_when = (_texts(raw.get(s) or {}) for s in ("columns", "set", "skip_when"))
    return Mapping(columns, constants, skip_when, str(raw.get("zone", "UTC")))


def _texts(raw: Dict[str, Any]) -> dict[str, str]:
    return {str(name): str(value) for name, value in raw.items()}


@dataclass(frozen=True, slots=True)
class Mapped:
    """rows: source_row, the contract's columns, and own_key, own_state; all text."""

    rows: pl.DataFrame
    unused: tuple[str, ...]  # columns of the file that nothing asked for


def map_columns(
    table: pl.DataFrame, contract: Contract, mapping: Mapping, document: Document | None
) -> Mapped:
    """Give every field its column, its constant, or null. Raises MappingError for a name that is unknown."""
    wanted = {name: name for name in contract.columns}
    if document is not None:
        wanted |= {KEY: document.key, STATE: "state"}
        wanted |= {OUTLET: "outlet_id"} if document.is_tenant else {}
    _demand_known(table, mapping, set(wanted.values()))
    own = {normal(c): c for c in table.columns}
    used: set[str] = set()
    columns = []
    for name, said in wanted.items():
        column = mapping.columns.get(said) or own.get(normal(said))
        if said in mapping.constants:
            columns.append(pl.lit(mapping.constants[said]).alias(name))
        elif column is None:
            columns.append(pl.lit(None, pl.String).alias(name))
        else:
            used.add(column)
            columns.append(pl.col(column).alias(name))
    rows = table.select(pl.int_range(1, pl.len() + 1, dtype=pl.Int64).alias(ROW_NO), *columns)
    return Mapped(rows.with_columns(_noon(contract)), tuple(c for c in table.columns if c not in used))


def derived_keys(rows: pl.DataFrame, contract: Contract, sender: str) -> pl.Series:
    """A key for each row without one: digest of sender and content, numbered among equal rows.

    The same file gives the same keys, so sending it again opens nothing twice.
    """
    content = rows.select(pl.concat_str(pl.col(contract.columns).fill_null("\0"), separator="\x1f"))
    counted = content.to_series().to_frame("text").with_columns(n=pl.int_range(pl.len()).over("text"))
    prefix = f"{contract.name}\x1f{sender}\x1f"
    return pl.Series(
        KEY,
        [f"f-{hashlib.sha256(f'{prefix}{text}{n}'.encode()).hexdigest()[:24]}" for text, n in counted.rows()],
        dtype=pl.String,
    )


def normal(name: str) -> str:
    """Column names agree whatever their case and separators: `Part ID` is part_id."""
    return "".join(c for c in name.lower() if c.isalnum())


def _noon(contract: Contract) -> list[pl.Expr]:
    """A bare day, given for an instant, is its noon: no zone moves it to another month."""
    return [
        pl.when(pl.col(f.name).str.contains(_DAY))
        .then(pl.col(f.name).str.strip_chars() + "T12:00:00")
        .otherwise(f.name)
        .alias(f.name)
        for f in contract.fields
        if f.kind is Kind.INSTANT
    ]


def _demand_known(table: pl.DataFrame, mapping: Mapping, fields: set[str]) -> None:
    own = {name for name in mapping.constants if "." not in name}
    for name in sorted((mapping.columns.keys() | own | mapping.skip_when.keys()) - fields):
        raise MappingError(f"there is no field {name}; fields: {', '.join(sorted(fields))}")
    for column in sorted(set(mapping.columns.values()) - set(table.columns)):
        raise MappingError(f"the file has no column {column}; it has: {', '.join(table.columns)}")


def as_json(row: Iterable[tuple[str, str | None]]) -> str:
    """A row as it came, for the quarantine."""
    return json.dumps({name: value for name, value in row if value is not None}, ensure_ascii=False)
