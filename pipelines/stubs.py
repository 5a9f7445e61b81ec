"""Documents opened because a file refers to them: outlets and parts whose masters were never sent.

A part gets a price only when one is given, `part_price.price_minor=2500`; without it nothing can be ordered.

In: the rows of a file, the constants `outlet.market=US`. Out: stubs, opened through the API's write path.
Only what can be honestly left open is filled; what would be invented must be given.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime
from typing import Any

import adbc_driver_postgresql.dbapi as adbc
import polars as pl

from operational_api.document import TEMPORAL, Document, Kind
from operational_api.documents import BY_NAME
from operational_api.documents.outlet import OUTLET
from operational_api.documents.part import PART
from operational_api.documents.part_price import PART_PRICE
from pipelines.contracts import Contract
from pipelines.intake import post
from pipelines.mapping import Mapping
from pipelines.postgres import DatabaseRole
from pipelines.settings import Settings

STUBBED = (OUTLET, PART)  # in the order in which they are opened


class StubError(ValueError):
    """A stub lacks a field that nobody may guess; names it and how to give it."""


def open_missing(
    settings: Settings, rows: pl.DataFrame, contract: Contract, mapping: Mapping
) -> dict[str, int]:
    """Open what `rows` refer to and nobody opened yet; returns how many by type. Raises StubError."""
    opened = {}
    for document in STUBBED:
        missing = _missing_keys(settings, rows, contract, document)
        if missing:
            given, first_day = mapping.constants_of(document.name), _first_day(rows, contract)
            lines = [_line(document, key, given, mapping.zone, first_day) for key in missing]
            opened[document.name] = _opened(settings, document, lines)
            if document is PART and mapping.constants_of(PART_PRICE.name):
                prices = [_price_line(key, mapping, first_day) for key in missing]
                opened[PART_PRICE.name] = _opened(settings, PART_PRICE, prices)
    return opened


def _opened(settings: Settings, document: Document, lines: list[dict[str, Any]]) -> int:
    posted = post(settings, document, lines)
    if posted.rejected:
        error = posted.errors[0]
        raise StubError(f"{document.name} {error.key}: {error.field} {error.rule}; {error.remedy}")
    return posted.accepted


def _missing_keys(
    settings: Settings, rows: pl.DataFrame, contract: Contract, document: Document
) -> list[str]:
    fields = [f.name for f in contract.fields if f.ref == document.name]
    if not fields:
        return []
    wanted = pl.concat([rows[name].alias("key") for name in fields]).drop_nulls().unique().sort()
    known = keys_on_file(settings, document)
    return [key for key in wanted if key not in known]


def keys_on_file(settings: Settings, document: Document) -> frozenset[str]:
    """Every key of the type."""
    query = f"select {document.key} from doc.{document.name}"  # noqa: S608 (declared names)
    with adbc.connect(settings.role_url(DatabaseRole.EXTRACT)) as connection, connection.cursor() as cursor:
        cursor.execute(query)
        return frozenset(row[0] for row in cursor.fetchall())


def _line(document: Document, key: str, given: dict[str, str], zone: str, first_day: date) -> dict[str, Any]:
    defaults = dict(_outlet_defaults(key, zone, first_day) if document is OUTLET else _part_defaults(key))
    data = {**defaults, **{name: _typed(document, name, value) for name, value in given.items()}}
    if document is OUTLET:
        data.setdefault("region_path", data.get("market"))
    _demand_required(document, key, data)
    state = {"state": "active"} if document is PART else {}
    return {"action": "open", "key": key, **state, "data": {k: v for k, v in data.items() if v is not None}}


def _price_line(part_id: str, mapping: Mapping, first_day: date) -> dict[str, Any]:
    """The price given, for the market and in the currency of the outlets given with it."""
    outlet = mapping.constants_of(OUTLET.name)
    given = {n: _typed(PART_PRICE, n, v) for n, v in mapping.constants_of(PART_PRICE.name).items()}
    known = {name: outlet[name] for name in ("market", "currency") if name in outlet}
    dated = {"price_type": "dealer_net", "valid_from_date": first_day.isoformat()}
    data = {"part_id": part_id, **dated, **known, **given}
    _demand_required(PART_PRICE, part_id, data)
    return {"action": "open", "key": f"{part_id}-{data['market']}", "data": data}


def _demand_required(document: Document, key: str, data: dict[str, Any]) -> None:
    for f in document.fields:
        if f.required and data.get(f.name) is None:
            raise StubError(
                f"{document.name} {key} is missing and its {f.name} cannot be guessed: "
                f"add --set {document.name}.{f.name}=VALUE"
            )


def _outlet_defaults(key: str, zone: str, first_day: date) -> Iterator[tuple[str, Any]]:
    yield from {"name": key, "legal_entity": key, "outlet_kind": "dealer", "city": "unknown"}.items()
    yield from {"timezone": zone, "language": "en", "opened_date": first_day.isoformat()}.items()


def _part_defaults(key: str) -> Iterator[tuple[str, Any]]:
    yield from {"part_no": key[:40], "description": f"part {key}", "category": "unknown"}.items()
    yield from {"criticality": "essential", "pack_size": 1, "minimum_quantity": 1}.items()
    yield "is_returnable", False


def _typed(document: Document, name: str, value: str) -> Any:
    if name not in document.by_name:
        raise StubError(f"--set {document.name}.{name}: there is no such field")
    kind = BY_NAME[document.name].field(name).kind
    if kind in {Kind.INTEGER, Kind.MONEY}:
        return int(value)
    return value.lower() == "true" if kind is Kind.BOOLEAN else value


def _first_day(rows: pl.DataFrame, contract: Contract) -> date:
    """The earliest day the file speaks of; today when it names none."""
    times = [f.name for f in contract.fields if f.kind in TEMPORAL]
    days = pl.concat([rows[name].cast(pl.Date).alias("day") for name in times]).drop_nulls()
    first = days.min()
    return first if isinstance(first, date) else datetime.now(UTC).date()
