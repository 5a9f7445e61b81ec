"""What makes a duplicate while it is typed: own evidence and a second fact; never what a household shares."""

from __future__ import annotations

import polars as pl
import pytest

from operational_api.likeness import Fact, Finding, Verdict, likeness
from pipelines.demo.crowd import crowd

pytestmark = pytest.mark.fast

OMAR = {
    "customer_type": "person", "given_name": "Omar", "family_name": "Al Farsi", "phone": "+971 50 123 4567",
    "email": "omar@mail.example", "birth_date": "1980-03-04", "address_line": "12 Palm Street",
    "postcode": "10115", "national_id": "784-1980-1",
}  # fmt: skip


@pytest.mark.parametrize(
    ("typed", "verdict"),
    [
        ({"national_id": "784 1980 1"}, Verdict.LIKELY),
        ({"given_name": "Al Farsi", "family_name": "Omar", "birth_date": "1980-03-04"}, Verdict.LIKELY),
        ({"given_name": "Omer", "family_name": "Al Farsi", "phone": "050 123 45 67"}, Verdict.LIKELY),
        ({"given_name": "عمر", "family_name": "Al Farsi", "email": "OMAR@mail.example"}, Verdict.LIKELY),
        ({"given_name": "Omar", "family_name": "Al Farsi", "birth_date": "1980-04-03"}, Verdict.LIKELY),
        ({"birth_date": "1980-03-04", "email": "omar@mail.example"}, Verdict.LIKELY),
        ({"given_name": "Omar", "family_name": "Al Farsi"}, Verdict.POSSIBLE),
        ({"family_name": "Al Farsi", "phone": "+971501234567"}, None),
        ({"given_name": "Layla", "family_name": "Al Farsi", "phone": "+971501234567",
          "address_line": "12 Palm Street", "postcode": "10115", "birth_date": "1983-11-21"}, None),
        ({}, None),
    ],
)  # fmt: skip
def test_a_person_is_known_by_what_is_his_own_and_a_household_member_is_not_he(typed, verdict):
    assert likeness(typed, OMAR).verdict is verdict


def test_a_name_in_another_script_is_the_same_name():
    known = {"given_name": "Иван", "family_name": "Петров", "phone": "+7 912 345 67 89"}
    found = likeness({"given_name": "Ivan", "family_name": "Petrov", "phone": "8 912 345 6789"}, known)
    assert found.facts == (Fact("name", Finding.SAME), Fact("phone", Finding.SAME))


def test_a_company_is_known_by_its_name_and_one_thing_more():
    known = {"company_name": "Gulf Motors LLC", "phone": "+971 4 333 4444"}
    assert (
        likeness({"company_name": "Gulf Motor LLC", "phone": "04 333 4444"}, known).verdict is Verdict.LIKELY
    )
    assert likeness({"company_name": "Gulf Motors LLC"}, known).verdict is Verdict.POSSIBLE
    assert likeness({"company_name": "Other LLC", "phone": "04 333 4444"}, known).verdict is None


def test_among_simulated_customers_hardly_any_likely_pair_is_two_people():
    """Every pair of a market block that shares phone, mail, number, birth date or name; truth beside it."""
    rows = crowd(3_000, seed=4).with_columns(pl.col("birth_date").cast(pl.String)).rows(named=True)
    met: dict[tuple[str, str], list[int]] = {}
    for n, row in enumerate(rows):
        for key in ("phone", "email", "national_id", "birth_date"):
            if row[key]:
                met.setdefault((key, row[key]), []).append(n)
    pairs = {(a, b) for held in met.values() if len(held) < 30 for a in held for b in held if a < b}
    likely = [(a, b) for a, b in pairs if likeness(rows[a], rows[b]).verdict is Verdict.LIKELY]
    right = sum(rows[a]["person_id"] == rows[b]["person_id"] for a, b in likely)
    true = sum(rows[a]["person_id"] == rows[b]["person_id"] for a, b in pairs)
    assert right / len(likely) > 0.98
    assert right / true > 0.9
