"""Accounts and keys are made and revoked from the command line's side."""

from __future__ import annotations

import pytest

from pipelines import logins
from pipelines.logins import LoginError, Place
from pipelines.settings import Settings

pytestmark = pytest.mark.db


def test_a_person_and_a_system_are_listed_with_their_place_and_without_their_secret(settings: Settings):
    logins.add_person(
        settings,
        "lena",
        "correct horse",
        role="regional_manager",
        positions=[],
        place=Place(region_path="EU/N"),
    )
    key = logins.add_system(
        settings, "dealer-erp", role="dealer_staff", positions=["parts"], place=Place(outlets=("N01",))
    )
    assert key.startswith("dms_")
    person, system = logins.list_logins(settings)
    assert (person.kind, person.subject, person.place.region_path) == ("person", "lena", "EU/N")
    assert (system.kind, system.subject, system.place.outlets) == ("system", "dealer-erp", ("N01",))
    assert key not in repr(system)


def test_adding_a_person_again_changes_it_and_revoking_ends_it(settings: Settings):
    for role in ("oem_planner", "data_engineer"):
        logins.add_person(settings, "kim", "battery staple", role=role, positions=[], place=Place())
    assert [login.role for login in logins.list_logins(settings)] == ["data_engineer"]
    logins.revoke(settings, "kim")
    assert [login.revoked_at is None for login in logins.list_logins(settings)] == [False]
    with pytest.raises(LoginError, match="nobody named kim"):
        logins.revoke(settings, "kim")


@pytest.mark.parametrize(
    ("role", "positions", "told"),
    [
        ("dealer_staff", ["juggler"], "position juggler: there are .*parts"),
        ("dealer_staff", ["parts"], "outlet"),  # a dealer without a place would see every dealer
        ("emperor", [], "emperor"),
    ],
)
def test_an_account_that_cannot_be_is_refused_with_what_can(
    settings: Settings, role: str, positions: list[str], told: str
):
    with pytest.raises(LoginError, match=told):
        logins.add_person(settings, "eve", "open sesame", role=role, positions=positions, place=Place())
    assert logins.list_logins(settings) == []
