"""The one policy: which rows and which fields an actor sees. API, pages and exports all ask here.

Rows: an actor with outlets sees theirs; one without sees all. Fields: one that is hidden from every grant an
actor holds is left out; a personal one is masked unless a grant of the actor works with persons.
"""

from __future__ import annotations

from collections.abc import Iterable
from functools import lru_cache
from typing import TYPE_CHECKING, Protocol

from operational_api.document import DEALER, Document, Grant

if TYPE_CHECKING:
    import polars as pl

MASK = "•••"

# Dealers serve their own customers; quality reaches owners for recalls. Planning and runs need no names.
WORKS_WITH_PERSONS = DEALER | {Grant.OEM_QUALITY, Grant.ADMIN}


class HasGrants(Protocol):
    @property
    def grants(self) -> frozenset[Grant]: ...


def may_read(actor: HasGrants, document: Document) -> bool:
    return not actor.grants.isdisjoint(document.read_by)


def is_hidden(actor: HasGrants, hidden_from: Iterable[Grant | str]) -> bool:
    """Hidden when no grant of the actor sees it."""
    hidden = frozenset(Grant(g) for g in hidden_from)
    return bool(hidden) and actor.grants <= hidden


def is_masked(actor: HasGrants) -> bool:
    """Whether personal fields are masked for the actor."""
    return actor.grants.isdisjoint(WORKS_WITH_PERSONS)


def mask(column: str) -> pl.Expr:
    """A personal column as somebody sees it who may not know persons: whether there is a value, not which."""
    import polars as pl  # the write path needs no data frames

    return pl.when(pl.col(column).is_null()).then(None).otherwise(pl.lit(MASK)).alias(column)


@lru_cache(maxsize=4096)
def hidden_fields(grants: frozenset[Grant], document: Document) -> tuple[str, ...]:
    """Fields of the document that leave neither by answer nor by history for these grants, sorted."""
    masked = grants.isdisjoint(WORKS_WITH_PERSONS)
    readers = grants & document.read_by
    return tuple(
        sorted(
            f.name
            for f in document.fields
            if (f.personal and masked) or (f.hidden_from and readers <= f.hidden_from)
        )
    )


def never_told(grants: frozenset[Grant], document: Document) -> tuple[str, ...]:
    """Fields whose values no account of the past tells these grants."""
    return hidden_fields(grants, document)
