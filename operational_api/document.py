"""What a document type is: one frozen declaration from which everything else is read.

In: the declarations in `operational_api/documents/`. Out: tables, row-level security, routes,
permissions, audit, change feed, JSON Schema, row contracts and forms, each derived by the
module that needs it. A declaration that contradicts itself raises `DeclarationError` at import.
This module is a leaf: of ours it imports the leaves `consequence` and `effect` alone.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from enum import StrEnum

from operational_api.consequence import (
    AddsUp,
    After,
    Before,
    Consequence,
    Difference,
    Each,
    Forbids,
    Found,
    From,
    Has,
    Match,
    Minus,
    Moves,
    Needs,
    Once,
    Opens,
    Own,
    Stock,
    Within,
)
from operational_api.effect import Approval, Covered, FundSource, Posting, Priced


class DeclarationError(ValueError):
    """A document type contradicts itself; raised while its module is imported."""


class Grant(StrEnum):
    """What an actor may act as. Dealer staff hold the grants of their positions."""

    CONSULTANT = "consultant"
    ADVISOR = "advisor"
    TECHNICIAN = "technician"
    PARTS = "parts"
    CASHIER = "cashier"
    DEALER_MANAGER = "dealer_manager"
    REGIONAL_MANAGER = "regional_manager"
    OEM_PLANNER = "oem_planner"
    OEM_FINANCE = "oem_finance"
    OEM_QUALITY = "oem_quality"
    DATA_ENGINEER = "data_engineer"
    ADMIN = "admin"


DEALER = frozenset(
    {
        Grant.CONSULTANT,
        Grant.ADVISOR,
        Grant.TECHNICIAN,
        Grant.PARTS,
        Grant.CASHIER,
        Grant.DEALER_MANAGER,
    }
)
OEM = frozenset({Grant.OEM_PLANNER, Grant.OEM_FINANCE, Grant.OEM_QUALITY})
EVERYONE = frozenset(Grant)
BUSINESS = EVERYONE - {Grant.DATA_ENGINEER}


class Kind(StrEnum):
    """How a value is written, stored and checked."""

    TEXT = "text"  # free text, at most `max_length` characters
    CODE = "code"  # identifier: letters, digits and . _ - / : only
    INTEGER = "integer"  # 64-bit
    MONEY = "money"  # integer minor units; the document carries the currency
    DECIMAL = "decimal"  # finite, at most six decimals
    BOOLEAN = "boolean"
    DATE = "date"
    MONTH = "month"  # first day of the month
    INSTANT = "instant"  # UTC
    CHOICE = "choice"  # one of `choices`
    VIN = "vin"  # ISO 3779: 17 characters without I, O, Q
    PHONE = "phone"
    EMAIL = "email"
    COUNTRY = "country"  # ISO 3166-1 alpha-2
    CURRENCY = "currency"  # ISO 4217
    LINES = "lines"  # a list of objects with the fields in `lines`


class Tenancy(StrEnum):
    """Whose rows these are."""

    OUTLET = "outlet"  # the row belongs to one outlet; others get a 404
    SHARED = "shared"  # the maker's data, read by every grant in `read_by`


NUMERIC = frozenset({Kind.INTEGER, Kind.MONEY, Kind.DECIMAL})
TEMPORAL = frozenset({Kind.DATE, Kind.MONTH, Kind.INSTANT})
_NAME = re.compile(r"[a-z][a-z0-9_]{0,46}")
HEADER = (
    "outlet_id",
    "state",
    "version",
    "effective_at",
    "created_at",
    "created_by",
    "updated_at",
    "updated_by",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Field:
    """One field: its meaning, how it is written, and who may see it."""

    name: str
    kind: Kind
    meaning: str
    required: bool = False
    choices: tuple[str, ...] = ()
    ref: str | None = None  # name of the document type whose key this holds
    minimum: int | None = None
    maximum: int | None = None
    max_length: int = 200
    unit: str | None = None
    personal: bool = False  # kept out of the feed, masked, erased on request
    hidden_from: frozenset[Grant] = frozenset()
    computed: bool = False  # filled by the database with what it found; nobody sends it
    lines: tuple[Field, ...] = ()

    def __post_init__(self) -> None:
        say = f"field {self.name}"
        _demand(bool(_NAME.fullmatch(self.name)), f"{say}: names are lower_snake_case")
        _demand(self.name not in HEADER, f"{say}: the header already has this name")
        _demand(bool(self.meaning), f"{say}: say what it means")
        _demand((self.kind is Kind.CHOICE) == bool(self.choices), f"{say}: choices belong to Kind.CHOICE")
        _demand((self.kind is Kind.LINES) == bool(self.lines), f"{say}: lines belong to Kind.LINES")
        _demand(
            self.ref is None or self.kind in {Kind.CODE, Kind.VIN}, f"{say}: a reference is a code or a VIN"
        )
        _demand(not (self.computed and self.required), f"{say}: what is computed is not required of anybody")
        bounded = self.minimum is not None or self.maximum is not None
        _demand(not bounded or self.kind in NUMERIC, f"{say}: bounds belong to numbers")
        if self.minimum is not None and self.maximum is not None:
            _demand(self.minimum <= self.maximum, f"{say}: minimum above maximum")
        for line in self.lines:
            _demand(line.kind is not Kind.LINES, f"{say}: lines do not nest")
            _demand(not line.personal, f"{say}.{line.name}: lines carry no personal fields")


@dataclass(frozen=True, slots=True)
class AtMost:
    """Row rule: the parts together never exceed the whole. A missing part counts as nothing."""

    parts: tuple[str, ...]
    whole: str

    @property
    def fields(self) -> tuple[str, ...]:
        return (*self.parts, self.whole)

    @property
    def name(self) -> str:
        return f"{'_and_'.join(self.parts)}_at_most_{self.whole}"


@dataclass(frozen=True, slots=True)
class NotBefore:
    """Row rule: `later` is not before `earlier`. Holds while either is missing."""

    later: str
    earlier: str

    @property
    def fields(self) -> tuple[str, ...]:
        return (self.later, self.earlier)

    @property
    def name(self) -> str:
        return f"{self.later}_not_before_{self.earlier}"


Rule = AtMost | NotBefore


@dataclass(frozen=True, slots=True)
class Move:
    """One step between states.

    `needs` must hold a value afterwards; `takes` may be given with the move;
    `not_by` names the header or document field that holds who may not make it;
    `erases` empties every personal field of the document.
    """

    name: str
    sources: tuple[str, ...]
    target: str
    by: frozenset[Grant]
    needs: tuple[str, ...] = ()
    takes: tuple[str, ...] = ()
    not_by: str | None = None
    erases: bool = False
    holder: str | None = None  # field naming the grant that whoever makes it holds, or stands in for

    @property
    def accepts(self) -> tuple[str, ...]:
        return tuple(dict.fromkeys((*self.needs, *self.takes)))


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Document:
    """A document type. `states[0]` is where it opens unless `opens_in` says more.

    Compared by identity: there is one of each, and caches keyed by it must not hash every field.
    """

    name: str
    meaning: str
    key: str
    key_kind: Kind = Kind.CODE
    named_by: tuple[str, ...] = ()  # fields by which people call it; else by its key
    area: str
    tenancy: Tenancy = Tenancy.OUTLET
    fields: tuple[Field, ...]
    states: tuple[str, ...]
    moves: tuple[Move, ...] = ()
    opens_in: tuple[str, ...] = ()
    open_by: frozenset[Grant]
    read_by: frozenset[Grant]
    amend_in: tuple[str, ...] = ()
    rules: tuple[Rule, ...] = ()
    plural: str | None = None  # when adding s is not enough
    happened: str | None = None  # field that holds when it happened; else the time of capture
    postings: tuple[Posting, ...] = ()
    pays_from: FundSource | None = None  # else the account is named by the posting's field
    covered: Covered | None = None
    approval: Approval | None = None
    priced: Priced | None = None
    is_checked: bool = False  # rules may move it on in the write that submits it
    is_judged: bool = False  # rules fill its computed fields in the write itself
    is_rule: bool = False  # versioned and dated; `api.rule_T` finds the one in force
    once: tuple[Once, ...] = ()
    follows: tuple[Consequence, ...] = ()  # what it asks of others and does to others, in this order
    region: str | None = None  # field that must lie in the region of whoever writes
    index: tuple[tuple[str, ...], ...] = field(default=())

    def __post_init__(self) -> None:
        object.__setattr__(self, "opens_in", self.opens_in or self.states[:1])
        # An administrator migrates and repairs, so may do whatever anybody may.
        object.__setattr__(self, "open_by", self.open_by | {Grant.ADMIN})
        object.__setattr__(self, "read_by", self.read_by | {Grant.ADMIN})
        _check_names(self)
        _check_states(self)
        _check_moves(self)
        _check_rules(self)
        _check_money(self)
        _check_approval(self)
        _check_priced(self)
        _check_once(self)
        _check_follows(self)

    def field(self, name: str) -> Field:
        """The declared field of that name; KeyError when there is none."""
        return self.by_name[name]

    @property
    def by_name(self) -> dict[str, Field]:
        return {f.name: f for f in self.fields}

    @property
    def personal(self) -> tuple[Field, ...]:
        return tuple(f for f in self.fields if f.personal)

    @property
    def plain(self) -> tuple[Field, ...]:
        """The fields that may travel in the change feed."""
        return tuple(f for f in self.fields if not f.personal)

    @property
    def entered(self) -> tuple[Field, ...]:
        """The fields that people and systems send."""
        return tuple(f for f in self.fields if not f.computed)

    @property
    def advances(self) -> bool:
        """Whether a move may follow by itself in the transaction of another."""
        return self.is_checked or self.approval is not None or any(p.then for p in self.postings)

    @property
    def fills(self) -> bool:
        """Whether the write that opens it fills computed fields: what is logged is not what was sent."""
        return self.is_judged or self.priced is not None

    @property
    def is_append_only(self) -> bool:
        return not self.moves and not self.amend_in

    @property
    def is_tenant(self) -> bool:
        return self.tenancy is Tenancy.OUTLET

    @property
    def collection(self) -> str:
        """The plural used in addresses: /v1/part_demands."""
        regular = self.name[:-1] + "ies" if self.name.endswith("y") else self.name + "s"
        return self.plural or regular

    def references(self) -> Iterator[tuple[str, str]]:
        """Pairs of (field, document type it points to), lines left out."""
        yield from ((f.name, f.ref) for f in self.fields if f.ref)

    def moves_from(self, state: str) -> tuple[Move, ...]:
        return tuple(m for m in self.moves if state in m.sources)


def _demand(holds: bool, message: str) -> None:
    if not holds:
        raise DeclarationError(message)


def _check_names(document: Document) -> None:
    say = f"document {document.name}"
    _demand(bool(_NAME.fullmatch(document.name)), f"{say}: names are lower_snake_case")
    _demand(document.key_kind in {Kind.CODE, Kind.VIN}, f"{say}: a key is a code or a VIN")
    names = [document.key, *(f.name for f in document.fields)]
    repeated = sorted({n for n in names if names.count(n) > 1})
    _demand(not repeated, f"{say}: declared twice: {', '.join(repeated)}")
    _demand(bool(document.open_by), f"{say}: nobody may open it")
    blind = document.open_by - document.read_by
    _demand(not blind, f"{say}: may open but not read: {', '.join(sorted(blind))}")
    money = [f.name for f in document.fields if f.kind is Kind.MONEY]
    currency = any(f.kind is Kind.CURRENCY for f in document.fields)
    _demand(not money or currency, f"{say}: {', '.join(money)} without a currency")
    nameless = [n for n in document.named_by if n not in document.by_name]
    _demand(not nameless, f"{say}: named by {', '.join(nameless)}, which it has not")
    if document.happened is not None:
        _demand(document.happened in document.by_name, f"{say}: no field {document.happened}")
        _demand(document.field(document.happened).kind in TEMPORAL, f"{say}: happened is no time")
    if document.region is not None:
        _demand(document.region in document.by_name, f"{say}: no field {document.region}")
        _demand(document.field(document.region).required, f"{say}: {document.region} must be required")
    known = {document.key, *HEADER, *document.by_name}
    for columns in document.index:
        _demand(set(columns) <= known, f"{say}: index on unknown field in {columns}")


def _check_states(document: Document) -> None:
    say = f"document {document.name}"
    states = set(document.states)
    _demand(len(states) == len(document.states), f"{say}: a state is declared twice")
    _demand(set(document.opens_in) <= states, f"{say}: opens in an unknown state")
    _demand(set(document.amend_in) <= states, f"{say}: amended in an unknown state")
    for move in document.moves:
        unknown = ({*move.sources, move.target}) - states
        _demand(not unknown, f"{say}.{move.name}: unknown state {', '.join(sorted(unknown))}")
    reached = set(document.opens_in)
    while grown := {m.target for m in document.moves if reached & set(m.sources)} - reached:
        reached |= grown
    _demand(reached == states, f"{say}: never reached: {', '.join(sorted(states - reached))}")


def _check_moves(document: Document) -> None:
    for move in document.moves:
        say = f"document {document.name}.{move.name}"
        _demand(bool(move.by), f"{say}: nobody may make it")
        _demand(bool(move.sources), f"{say}: it starts nowhere")
        blind = move.by - document.read_by
        _demand(not blind, f"{say}: may act but not read: {', '.join(sorted(blind))}")
        unknown = set(move.accepts) - set(document.by_name)
        _demand(not unknown, f"{say}: unknown field {', '.join(sorted(unknown))}")
        actors = {"created_by", "updated_by", *document.by_name}
        _demand(move.not_by is None or move.not_by in actors, f"{say}: not_by names no field")
        _demand(move.name not in {"open", "amend"}, f"{say}: the name is taken")
    pairs = [(m.name, s) for m in document.moves for s in m.sources]
    _demand(len(pairs) == len(set(pairs)), f"document {document.name}: two moves of one name from one state")


def _check_rules(document: Document) -> None:
    for rule in document.rules:
        unknown = set(rule.fields) - set(document.by_name)
        _demand(not unknown, f"document {document.name}: rule {rule.name} names {', '.join(sorted(unknown))}")
        wanted = NUMERIC if isinstance(rule, AtMost) else TEMPORAL
        _demand(
            all(document.field(f).kind in wanted for f in rule.fields),
            f"document {document.name}: rule {rule.name} compares the wrong kinds",
        )


def _check_approval(document: Document) -> None:
    rule, say = document.approval, f"document {document.name}"
    if rule is not None:
        moves = {m.name: m for m in document.moves}
        named = [m for m in (rule.move, rule.otherwise) if m]
        _demand(set(named) <= set(moves), f"{say}: approval names an unknown move")
        fields = {f for f in (rule.amount, rule.order_type, rule.reason) if f}
        _demand(fields <= set(document.by_name), f"{say}: approval names an unknown field")
        _demand(document.is_tenant, f"{say}: a chain belongs to an outlet")


def _check_money(document: Document) -> None:
    say = f"document {document.name}"
    amounts = [p.amount for p in document.postings if p.amount] + (
        [document.covered.amount] if document.covered else []
    )
    wrong = [a for a in amounts if a not in document.by_name or document.field(a).kind is not Kind.MONEY]
    _demand(not wrong, f"{say}: posts no amount of money: {', '.join(wrong)}")
    for posting in document.postings:
        _demand(posting.into in document.states, f"{say}: posts in an unknown state {posting.into}")
        source = posting.held_for or posting.account
        _demand(source in document.by_name, f"{say}: no field {source} names the account")
        _demand(posting.when is None or posting.when[0] in document.by_name, f"{say}: no field to post by")
        _demand(
            posting.times is None or posting.times in document.by_name, f"{say}: no field {posting.times}"
        )
        follows = any(m.name == posting.then and posting.into in m.sources for m in document.moves)
        _demand(posting.then is None or follows, f"{say}: {posting.then} does not follow {posting.into}")


def _check_priced(document: Document) -> None:
    rule, say = document.priced, f"document {document.name}"
    if rule is not None:
        _demand(set(rule.into) <= set(document.states), f"{say}: priced in an unknown state")
        named = {rule.product, rule.price, *([rule.discount] if rule.discount else [])}
        _demand(named <= set(document.by_name), f"{say}: priced by an unknown field")
        _demand(document.is_tenant, f"{say}: a price is offered by an outlet")


def _check_once(document: Document) -> None:
    say = f"document {document.name}"
    for once in document.once:
        unknown = set(once.fields) - {*document.by_name, "outlet_id", "created_by"}
        _demand(not unknown, f"{say}: once names no field {', '.join(sorted(unknown))}")
        _demand(set(once.states) <= set(document.states), f"{say}: once in an unknown state")


def _check_follows(document: Document) -> None:
    """What can be said without the other types; `documents` checks the rest."""
    for c in document.follows:
        say = f"document {document.name} into {', '.join(c.into)}"
        _demand(set(c.into) <= set(document.states), f"{say}: unknown state")
        _demand(c.when is None or c.when[0] in document.by_name, f"{say}: when names no field")
        _demand(not isinstance(c, Stock) or document.is_append_only, f"{say}: a ledger is only appended to")
        lifted = set(c.unless) if isinstance(c, Needs | Forbids) else set()
        _demand(lifted <= set(document.by_name), f"{say}: unless names no field")
        lines = document.field(c.each).lines if c.each in document.by_name and c.each else ()
        _demand(bool(lines) == (c.each is not None), f"{say}: each names no lines")
        own = {document.key, *HEADER, *document.by_name}
        each = {f.name for f in lines}
        for name, is_own in (pair for source in _sources(c) for pair in _names(source)):
            field, _, beyond = name.partition(".")
            _demand(field in (own if is_own else each), f"{say}: no field {field}")
            _demand(not beyond or bool(document.field(field).ref), f"{say}: {field} refers to nothing")


def _sources(c: Consequence) -> Iterator[Match]:
    match c:
        case Needs() | Forbids():
            yield from (source for _, source in c.match)
        case Moves():
            yield from (source for _, source in (*c.match, *c.sets))
        case Opens():
            yield from (c.outlet, *(source for _, source in c.sets))
        case Within():
            yield from (Each(c.by), Each(c.amount), Found(c.lines, c.by, c.amount))
        case AddsUp():
            yield from (Own(c.total), Own(c.lines))
        case Stock():
            yield from (Own(name) for name in (c.amount, *c.by))


def _names(source: Match) -> Iterator[tuple[str, bool]]:
    """Names a value is read from, and whether they are of the document itself."""
    match source:
        case Own(name):
            yield name, True
        case Each(name):
            yield name, False
        case Found(lines, by, _):
            yield from ((lines, True), (by, False))
        case Minus(of) | Before(of) | From(of) | After(of) | Has(_, of):
            yield from _names(of)
        case Difference(left, right):
            yield from (*_names(left), *_names(right))
