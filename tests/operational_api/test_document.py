"""A declaration that contradicts itself fails at import, and says what is wrong."""

from collections.abc import Callable
from dataclasses import replace

import pytest

from operational_api.document import (
    EVERYONE,
    AtMost,
    DeclarationError,
    Document,
    Field,
    Grant,
    Kind,
    Move,
    NotBefore,
)
from operational_api.documents import BY_NAME, DOCUMENTS

pytestmark = pytest.mark.fast

PARTS = frozenset({Grant.PARTS})
QUANTITY = Field(name="quantity", kind=Kind.INTEGER, meaning="Units.", minimum=1)
ASKED_AT = Field(name="asked_at", kind=Kind.INSTANT, meaning="When it was asked for.")


def request(**changes: object) -> Document:
    """A small valid declaration, with changes."""
    values: dict[str, object] = {
        "name": "request",
        "meaning": "Somebody asks.",
        "key": "request_id",
        "area": "parts",
        "fields": (QUANTITY, ASKED_AT),
        "states": ("open", "done"),
        "moves": (Move("finish", ("open",), "done", by=PARTS, needs=("quantity",)),),
        "open_by": PARTS,
        "read_by": PARTS,
    }
    return Document(**(values | changes))  # type: ignore[arg-type]


CONTRADICTIONS: list[tuple[str, Callable[[], object], str]] = [
    (
        "a_move_to_an_unknown_state",
        lambda: request(moves=(Move("finish", ("open",), "gone", by=PARTS),)),
        "unknown state gone",
    ),
    ("a_state_that_is_never_reached", lambda: request(moves=()), "never reached: done"),
    (
        "a_role_that_may_move_but_not_read",
        lambda: request(moves=(Move("finish", ("open",), "done", by=frozenset({Grant.CASHIER})),)),
        "may act but not read: cashier",
    ),
    (
        "a_role_that_may_open_but_not_read",
        lambda: request(read_by=frozenset({Grant.ADVISOR})),
        "may open but not read: parts",
    ),
    (
        "a_move_that_needs_an_unknown_field",
        lambda: request(moves=(Move("finish", ("open",), "done", by=PARTS, needs=("colour",)),)),
        "unknown field colour",
    ),
    (
        "a_separation_of_duties_that_names_no_field",
        lambda: request(moves=(Move("finish", ("open",), "done", by=PARTS, not_by="boss"),)),
        "not_by names no field",
    ),
    (
        "two_moves_of_one_name_from_one_state",
        lambda: request(moves=(Move("finish", ("open",), "done", by=PARTS),) * 2),
        "two moves of one name",
    ),
    ("a_field_declared_twice", lambda: request(fields=(QUANTITY, QUANTITY)), "declared twice: quantity"),
    (
        "a_field_named_like_the_header",
        lambda: replace(QUANTITY, name="state"),
        "header already has this name",
    ),
    (
        "money_without_a_currency",
        lambda: request(fields=(QUANTITY, Field(name="price_minor", kind=Kind.MONEY, meaning="Price."))),
        "price_minor without a currency",
    ),
    ("choices_on_a_number", lambda: replace(QUANTITY, choices=("a",)), "choices belong to Kind.CHOICE"),
    ("bounds_upside_down", lambda: replace(QUANTITY, maximum=0), "minimum above maximum"),
    (
        "a_rule_over_the_wrong_kind",
        lambda: request(rules=(AtMost(("quantity",), "asked_at"),)),
        "compares the wrong kinds",
    ),
    (
        "a_rule_over_an_unknown_field",
        lambda: request(rules=(NotBefore("left_at", "asked_at"),)),
        "names left_at",
    ),
    ("a_time_that_is_no_time", lambda: request(happened="quantity"), "happened is no time"),
    ("opening_in_an_unknown_state", lambda: request(opens_in=("lost",)), "opens in an unknown state"),
]


@pytest.mark.parametrize(
    ("declare", "reason"), [c[1:] for c in CONTRADICTIONS], ids=[c[0] for c in CONTRADICTIONS]
)
def test_a_contradiction_fails_at_import(declare: Callable[[], object], reason: str) -> None:
    with pytest.raises(DeclarationError, match=reason):
        declare()


def test_the_small_declaration_itself_is_valid() -> None:
    assert request().opens_in == ("open",)


def test_an_administrator_may_open_and_read_every_type() -> None:
    assert all(Grant.ADMIN in d.open_by and Grant.ADMIN in d.read_by for d in DOCUMENTS)


def test_a_data_engineer_reads_no_type_with_personal_fields_but_the_quarantine() -> None:
    # The policy hides the row itself; the broken field, its value and the remedy are plain.
    readable = {d.name for d in DOCUMENTS if d.personal and Grant.DATA_ENGINEER in d.read_by}
    assert readable == {"quarantine_row"}


def test_every_reference_names_a_type_declared_before_it() -> None:
    order = {d.name: n for n, d in enumerate(DOCUMENTS)}
    assert all(order[target] <= order[d.name] for d in DOCUMENTS for _, target in d.references())


def test_personal_fields_are_not_among_the_plain_ones() -> None:
    customer = BY_NAME["customer_record"]
    assert {"family_name", "phone", "national_id"} <= {f.name for f in customer.personal}
    assert not {f.name for f in customer.personal} & {f.name for f in customer.plain}


def test_collections_are_distinct_plurals() -> None:
    assert len({d.collection for d in DOCUMENTS}) == len(DOCUMENTS)
    assert BY_NAME["retail_delivery"].collection == "retail_deliveries"
    assert BY_NAME["staff"].collection == "staff"


def test_everyone_is_every_grant() -> None:
    assert frozenset(Grant) == EVERYONE
