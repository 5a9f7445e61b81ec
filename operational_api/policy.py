"""The one policy: which rows and which fields an actor sees. API, pages and exports all ask here.

Rows: an actor with outlets sees theirs; one without sees all. Fields: `field_rules.py` and over it the rules
that administrators have in force (`use_rules`), evaluated here for documents (by state, as the veils that the
database applies) and for the columns of published tables. What is personal is never opened beyond the code.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, Protocol

from operational_api.document import Document, Field, Grant
from operational_api.field_rules import FIELD_RULES, Access, FieldRule

__all__ = [
    "MASK",
    "Access",
    "ColumnAccess",
    "access_by_code",
    "access_to",
    "all_rules",
    "column_access",
    "mask",
    "may_be_masked",
    "may_read",
    "never_told",
    "unwritable",
    "use_rules",
    "veils",
]

if TYPE_CHECKING:
    import polars as pl

MASK = "•••"


class HasGrants(Protocol):
    @property
    def grants(self) -> frozenset[Grant]: ...


def may_read(actor: HasGrants, document: Document) -> bool:
    return not actor.grants.isdisjoint(document.read_by)


# --- rules of administrators --------------------------------------------------------------------

_in_force: tuple[FieldRule, ...] = ()


def all_rules() -> tuple[FieldRule, ...]:
    """The table in the code, then what administrators have in force; the last that fits decides."""
    return FIELD_RULES + _in_force


def use_rules(rules: tuple[FieldRule, ...]) -> bool:
    """From now on these stand over the code's table, in this process; whether that changed anything."""
    global _in_force
    if rules == _in_force:
        return False
    _in_force = rules
    for answer in (access_to, veils, never_told, unwritable, column_access):
        answer.cache_clear()
    return True


def access_by_code(grant: Grant, document: Document, field: Field, state: str) -> Access:
    """Without the rules of administrators: the floor of what is personal or hidden by declaration."""
    if grant in field.hidden_from:
        return Access.HIDDEN
    return _by(FIELD_RULES, Access.WRITE, grant, document.name, field.name, field.personal, state)


# --- fields of documents ------------------------------------------------------------------------


@lru_cache(maxsize=65536)
def access_to(grants: frozenset[Grant], document: Document, field: Field, state: str) -> Access:
    """What the grants that read the document may do with a field of it in a state."""
    readers = grants & document.read_by
    return _widest(readers, document.name, field.name, field.personal, field.hidden_from, state)


@lru_cache(maxsize=4096)
def veils(grants: frozenset[Grant], document: Document) -> tuple[str, ...]:
    """What the database leaves out, masks and refuses to change, as words that its functions read.

    `field` is hidden, `~field` masked, `!field` not to be changed; `field@state` only in that state. Sorted.
    """
    words: set[str] = set()
    for field in document.fields:
        by_state = {s: access_to(grants, document, field, s) for s in document.states}
        for sign, levels in _SIGNS.items():
            states = [s for s, access in by_state.items() if access in levels]
            everywhere = len(states) == len(by_state)
            words |= {f"{sign}{field.name}"} if everywhere else {f"{sign}{field.name}@{s}" for s in states}
    return tuple(sorted(words))


_SIGNS = {
    "": {Access.HIDDEN},
    "~": {Access.MASKED},
    "!": {Access.HIDDEN, Access.MASKED, Access.READ},
}


@lru_cache(maxsize=4096)
def never_told(grants: frozenset[Grant], document: Document) -> tuple[str, ...]:
    """Fields that are hidden or masked in some state: no history tells them and no filter finds them out."""
    return tuple(
        sorted(
            f.name
            for f in document.fields
            if min(access_to(grants, document, f, s) for s in document.states) < Access.READ
        )
    )


@lru_cache(maxsize=4096)
def unwritable(grants: frozenset[Grant], document: Document, state: str) -> frozenset[str]:
    """Fields that are not given when a document opens in a state; what is only unseen may be given."""
    return frozenset(f.name for f in document.fields if access_to(grants, document, f, state) is Access.READ)


def may_be_masked(document: Document, field: Field) -> bool:
    """Whether some grant sees the mask instead of the value."""
    return any(
        access_to(frozenset({grant}), document, field, state) is Access.MASKED
        for grant in document.read_by
        for state in document.states
    )


# --- columns of published tables ----------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class ColumnAccess:
    """`access` is that of rows in no listed state; `veiled_states` those whose rows are masked."""

    access: Access
    veiled_states: tuple[str, ...] = ()

    @property
    def is_plain(self) -> bool:
        """Whether every value is shown as it is, so that it may be searched, sorted and summed."""
        return self.access >= Access.READ and not self.veiled_states


@lru_cache(maxsize=16384)
def column_access(
    grants: frozenset[Grant], table: str, column: str, *, is_personal: bool, hidden_from: tuple[str, ...]
) -> ColumnAccess:
    """What the grants see of a column of a published table."""
    hidden = frozenset(Grant(g) for g in hidden_from)
    listed = sorted({s for rule in all_rules() if table in rule.places for s in rule.states})
    base = _widest(grants, table, column, is_personal, hidden, None)
    veiled = [s for s in listed if _widest(grants, table, column, is_personal, hidden, s) < Access.READ]
    return ColumnAccess(base, tuple(veiled) if base >= Access.READ else ())


def mask(column: str, *, where: pl.Expr | None = None) -> pl.Expr:
    """A column as somebody sees it who may not know it: whether there is a value, not which.

    With `where` only those rows are masked, and the others are shown as text.
    """
    import polars as pl  # the write path needs no data frames

    masked = pl.when(pl.col(column).is_null()).then(None).otherwise(pl.lit(MASK))
    if where is not None:
        masked = pl.when(where).then(masked).otherwise(pl.col(column).cast(pl.String))
    return masked.alias(column)


# --- the table ----------------------------------------------------------------------------------


def _widest(
    grants: Iterable[Grant],
    place: str,
    name: str,
    is_personal: bool,
    hidden_from: frozenset[Grant],
    state: str | None,
) -> Access:
    """Nothing for nobody."""
    found = (
        Access.HIDDEN if grant in hidden_from else _of_grant(grant, place, name, is_personal, state)
        for grant in grants
    )
    return max(found, default=Access.HIDDEN)


def _of_grant(grant: Grant, place: str, name: str, is_personal: bool, state: str | None) -> Access:
    floor = _by(FIELD_RULES, Access.WRITE, grant, place, name, is_personal, state)
    access = _by(_in_force, floor, grant, place, name, is_personal, state)
    return min(access, floor) if is_personal else access


def _by(
    rules: tuple[FieldRule, ...],
    access: Access,
    grant: Grant,
    place: str,
    name: str,
    is_personal: bool,
    state: str | None,
) -> Access:
    """The last rule that fits decides; without one it stays as it is."""
    for rule in rules:
        if grant not in rule.grants or not rule.names(place, name, is_personal=is_personal):
            continue
        if not rule.states or state in rule.states:
            access = rule.access
    return access
