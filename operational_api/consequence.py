"""What a document asks of others, and does to others, when it enters a state: declared, compiled to SQL.

In: the declarations in `operational_api/documents/`. Out: `Needs` and `Forbids` (another document must, or
must not, be there), `Stock` (a ledger must not fall below zero), `Moves` (another document makes a declared
move), `Opens` (another document is opened). They run in their declared order, in the transaction and the
statement of the write (`operational_api/consequences.py`). This module is a leaf: it imports nothing of ours.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Own:
    """A field, the key, `outlet_id` or `effective_at` of the document that enters the state.

    `vin.production_date` is the field of the document that `vin` refers to.
    """

    name: str


@dataclass(frozen=True, slots=True)
class Each:
    """A field of the line at hand; belongs to a consequence with `each`."""

    name: str


@dataclass(frozen=True, slots=True)
class Value:
    """The same for every document."""

    text: str


@dataclass(frozen=True, slots=True)
class Nothing:
    """No value: matches and sets null."""


@dataclass(frozen=True, slots=True)
class Minus:
    """The number negated: what leaves a store."""

    of: Own | Each


@dataclass(frozen=True, slots=True)
class Difference:
    """`left` minus `right`; what is missing counts as nothing."""

    left: Own | Each
    right: Own | Each


@dataclass(frozen=True, slots=True)
class Found:
    """A field of that line of ours in `lines` which has the same `by` as the line at hand."""

    lines: str
    by: str
    name: str


Source = Own | Each | Value | Nothing | Minus | Difference | Found


@dataclass(frozen=True, slots=True)
class Before:
    """Matches what is earlier, or less."""

    of: Own | Each


@dataclass(frozen=True, slots=True)
class From:
    """Matches what is the same or later, or more."""

    of: Own | Each


@dataclass(frozen=True, slots=True)
class After:
    """Matches what is later, or more; of codes the higher number, and nothing where one is not all digits."""

    of: Own | Each


@dataclass(frozen=True, slots=True)
class Has:
    """Matches lines of which one has this value in `field`."""

    field: str
    of: Own | Each


Match = Source | Before | From | After | Has
Pairs = tuple[tuple[str, Source], ...]
Matches = tuple[tuple[str, Match], ...]  # a name may be dotted, too: of what the matched document refers to


@dataclass(frozen=True, slots=True, kw_only=True)
class _Consequence:
    """`into`: the states whose entry calls it. `when`: a field of ours and the values for which it
    holds; without values it holds where the field is empty.

    `each` names a field of lines: then it holds for every line.
    """

    into: tuple[str, ...]
    when: tuple[str, tuple[str, ...]] | None = None
    each: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Needs(_Consequence):
    """There must be a document `of` that type with these values, in one of these states.

    `optional`: not asked where the first value is missing here. The row is locked until the write is done, so
    nobody changes it in between. `unless`: fields of ours that lift it when all are given: who sets a check
    aside says why, and it stays with the document.
    """

    of: str
    match: Matches
    states: tuple[str, ...]
    rule: str
    remedy: str
    optional: bool = False
    unless: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Forbids(_Consequence):
    """There must be no document `of` that type with these values in one of these states.

    Of its own type it means others. `without`: what a document of that type in those states refers to does
    not count. `unless`: as for Needs.
    """

    of: str
    match: Matches
    states: tuple[str, ...]
    rule: str
    remedy: str
    without: tuple[str, tuple[str, ...]] | None = None
    unless: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Within(_Consequence):
    """There is a line of ours in `lines` with the `by` of the line at hand, and at least its `amount`."""

    lines: str
    by: str
    amount: str
    rule: str
    remedy: str


@dataclass(frozen=True, slots=True, kw_only=True)
class AddsUp(_Consequence):
    """`total` is the sum over our own `lines` of the product of their `factors`."""

    lines: str
    factors: tuple[str, ...]
    total: str
    rule: str
    remedy: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Stock(_Consequence):
    """The sum of `amount` over all documents of this type with equal `by` does not fall below zero."""

    amount: str
    by: tuple[str, ...]
    rule: str
    remedy: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Moves(_Consequence):
    """Every matching document makes its declared move, or is amended; nobody is asked for a role again.

    Refused when a match stands in a state the move does not start from, or when nothing matches. `optional`:
    then nothing happens instead.
    """

    of: str
    match: Pairs
    move: str
    sets: Pairs = ()
    optional: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Opens(_Consequence):
    """A document is opened, at our outlet unless `outlet` says another. Its key is ours with a suffix.

    `only_with` names a field of the opened document: without a value, or with zero, nothing is opened.
    """

    of: str
    sets: Pairs
    suffix: str
    outlet: Source = Own("outlet_id")
    only_with: str | None = None
    state: str | None = None


Consequence = Needs | Forbids | Within | AddsUp | Stock | Moves | Opens


@dataclass(frozen=True, slots=True, kw_only=True)
class Once:
    """At most one document with these values in these states: a unique index, so of two at once one wins.

    `compacted`: values are the same when their letters and digits are, whatever else stands between them; the
    one that is there already is named (`equal_numbers.py`).
    """

    fields: tuple[str, ...]
    states: tuple[str, ...]
    rule: str
    remedy: str
    compacted: bool = False
