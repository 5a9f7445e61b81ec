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
