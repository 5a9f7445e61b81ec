"""What the pages about persons conclude, worked out by hand."""

from __future__ import annotations

from datetime import date

import polars as pl
import pytest

from apps import identity
from operational_api.policy import MASK

pytestmark = pytest.mark.fast

PAIRS = pl.DataFrame(
    [("a", "b", "review", False, 0.4), ("c", "d", "review", False, 0.1), ("e", "f", "auto", True, 0.0),
     ("g", "h", "review", True, 0.0)],
    schema=["record_l", "record_r", "band", "is_merged", "certainty"], orient="row",
)  # fmt: skip


def test_the_least_certain_pair_comes_first_and_what_was_decided_is_done():
    assert identity.to_review(PAIRS, set())["record_l"].to_list() == ["c", "a"]
    assert identity.to_review(PAIRS, {frozenset(("d", "c"))})["record_l"].to_list() == ["a"]


def test_both_records_stand_side_by_side_and_what_neither_has_is_left_out():
    records = pl.DataFrame({"customer_id": ["a", "b"], "family_name": ["Said", "Said"], "phone": ["1", None],
                            "email": [None, None], "outlet_id": ["X", "Y"]})  # fmt: skip
    table = identity.side_by_side(records, "a", "b")
    assert table.select("Field", "Same").rows() == [("Family name", "="), ("Phone", "≠"), ("Outlet", "≠")]


def test_the_strongest_word_of_the_evidence_comes_first():
    rows = pl.DataFrame({"field": ["x", "y"], "finding": ["f", "g"], "bits": [2.0, -5.0]})
    assert identity.evidence(rows).select("field", "side").rows() == [("y", "against"), ("x", "for")]


@pytest.mark.parametrize(
    ("row", "name"),
    [
        ({"given_name": "Amina", "family_name": "Said"}, "Amina Said"),
        ({"company_name": "Gulf LLC"}, "Gulf LLC"),
        ({"given_name": MASK, "family_name": MASK, "known_as_id": "C1"}, "C1"),
    ],
)
def test_a_customer_is_called_by_name_unless_names_are_masked(row, name):
    assert identity.name_of(row) == name


def test_lists_against_contact_are_said_once_with_their_channel():
    rows = pl.DataFrame(
        [("blacklist", "all", "all", "listed"), ("blacklist", "all", "all", "listed"),
         ("contact_refusal", "all", "phone", "refused"), ("consent", "marketing", "email", "given")],
        schema=["kind", "purpose", "channel", "standing"], orient="row",
    )  # fmt: skip
    assert identity.against_contact(rows) == ["on the blacklist", "asked not to be contacted by phone"]
    assert identity.permissions(rows).rows() == [("marketing", "allowed")]


def test_the_latest_event_comes_first_and_money_only_where_some_was_paid():
    events = pl.DataFrame(
        [(date(2026, 1, 1), "lead", "L1", None, "AE01", None, None),
         (date(2026, 2, 1), "repair_order", "R1", "V", "AE01", 4_500, "AED")],
        schema=["event_date", "event_kind", "document_key", "vin", "outlet_id", "spend_minor", "currency"],
        orient="row",
    )  # fmt: skip
    found = identity.timeline(events)
    assert found["What"].to_list() == ["Workshop visit", "Lead"]
    assert [bool(paid) for paid in found["Paid"]] == [True, False]


def test_cars_are_those_owned_then_brought_then_had_and_a_test_drive_is_none():
    owned = pl.DataFrame(
        [("V1", date(2024, 1, 1), None, True), ("V2", date(2020, 1, 1), date(2023, 1, 1), False)],
        schema=["vin", "valid_from_date", "valid_to_date", "is_current"], orient="row",
    )  # fmt: skip
    events = pl.DataFrame(
        [("V1", "repair_order", date(2025, 1, 1)), ("V3", "repair_order", date(2026, 1, 1)),
         ("V4", "test_drive", date(2026, 2, 1)), (None, "lead", date(2026, 2, 1))],
        schema=["vin", "event_kind", "event_date"], orient="row",
    )  # fmt: skip
    due = date(2026, 8, 1)
    facts = pl.DataFrame(
        {"vin": ["V1", "V2", "V3"], "model": ["Aro"] * 3, "next_service_date": [due] * 3,
         "warranty_end_date": [due] * 3, "open_recalls": [1, 1, 0]}
    )  # fmt: skip
    found = identity.cars(owned, events, facts)
    assert found.select("vin", "standing", "next_service_date", "is_owned").rows() == [
        ("V1", "owner since 1 Jan 2024", due, True),
        ("V3", "brought in, last on 1 Jan 2026", due, False),
        ("V2", "owner until 1 Jan 2023", None, False),
    ]


def test_what_was_paid_is_added_up_by_currency():
    events = pl.DataFrame({"currency": ["AED", "AED", "EUR", "AED"], "spend_minor": [100, 50, 7, None]})
    assert identity.paid(events) == [("AED", 150), ("EUR", 7)]
