"""How alike what is typed and a customer record are: facts, and whether they make a duplicate.

Pure. In: two mappings of customer fields as text. Out: facts, each a field and a finding, and a verdict.
A household shares phone, address and family name: without agreement in what is a person's own (number, given
name or birth date) there is no verdict, as in the resolution that runs every night (models/identity).
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from functools import lru_cache

from anyascii import anyascii
from jellyfish import damerau_levenshtein_distance, jaro_winkler_similarity

ALIKE = 0.9  # Jaro-Winkler: one letter of a usual name differs
PHONE_END, SHORTEST_PHONE = 9, 7  # digits: 050 123 4567 is +971 50 123 4567
Fields = Mapping[str, str | None]


class Finding(StrEnum):
    SAME = "same"
    SIMILAR = "similar"


class Verdict(StrEnum):
    """`likely`: shown before a new record is saved. `possible`: shown while typing."""

    LIKELY = "likely"
    POSSIBLE = "possible"


@dataclass(frozen=True, slots=True)
class Fact:
    field: str
    finding: Finding


@dataclass(frozen=True, slots=True)
class Likeness:
    """Facts in the order of the fields; no verdict: somebody else."""

    facts: tuple[Fact, ...]
    verdict: Verdict | None

    @property
    def rank(self) -> tuple[bool, int]:
        """Larger is more alike."""
        return self.verdict is Verdict.LIKELY, sum(2 if f.finding is Finding.SAME else 1 for f in self.facts)


def likeness(typed: Fields, known: Fields) -> Likeness:
    """Compare field by field; what is not known on both sides says nothing."""
    facts = tuple(_facts(typed, known))
    return Likeness(facts, _verdict({f.field: f.finding for f in facts}))


def _verdict(found: Mapping[str, Finding]) -> Verdict | None:
    """Own evidence and a second fact make it likely; own evidence alone possible, where it is strong."""
    shared = {"phone", "email", "address"} & found.keys()
    same_name = found.get("name") is Finding.SAME or found.get("company") is Finding.SAME
    if found.get("number") is Finding.SAME:
        return Verdict.LIKELY
    if {"name", "birth_date"} <= found.keys() or ({"name", "company"} & found.keys() and shared):
        return Verdict.LIKELY
    if found.get("birth_date") is Finding.SAME and shared & {"phone", "email"}:
        return Verdict.LIKELY
    return Verdict.POSSIBLE if same_name else None


def _facts(typed: Fields, known: Fields) -> Iterator[Fact]:
    rules: dict[str, Callable[[Fields], str]] = {
        "number": lambda f: _number(f.get("national_id")),
        "name": lambda f: _name(f.get("given_name"), f.get("family_name")),
        "company": lambda f: _words(f.get("company_name")),
        "birth_date": lambda f: f.get("birth_date") or "",
        "phone": lambda f: _phone(f.get("phone")),
        "email": lambda f: (f.get("email") or "").strip().lower(),
        "address": lambda f: _address(f.get("address_line"), f.get("postcode")),
    }
    for field, key in rules.items():
        finding = _finding(field, key(typed), key(known))
        if finding is not None:
            yield Fact(field, finding)


def _finding(field: str, one: str, other: str) -> Finding | None:
    if not one or not other:
        return None
    if one == other or (field == "phone" and _same_phone(one, other)):
        return Finding.SAME
    similar: dict[str, Callable[[], bool]] = {
        "name": lambda: jaro_winkler_similarity(one, other) >= ALIKE or _contains(one, other),
        "company": lambda: jaro_winkler_similarity(one, other) >= ALIKE,
        "birth_date": lambda: damerau_levenshtein_distance(one, other) == 1 or _swapped(one, other),
    }
    return Finding.SIMILAR if field in similar and similar[field]() else None


def _name(given: str | None, family: str | None) -> str:
    """Both names in alphabetical order, since clerks swap them; one name alone is nobody's own."""
    parts = [_words(given), _words(family)]
    return " ".join(sorted(" ".join(parts).split())) if all(parts) else ""


def _contains(one: str, other: str) -> bool:
    """Whether one name has all parts of the other and more: a second family name, a middle name."""
    a, b = set(one.split()), set(other.split())
    return len(a & b) >= 2 and (a <= b or b <= a)


def _swapped(one: str, other: str) -> bool:
    """Day and month in the other order."""
    return one[:4] == other[:4] and one[5:7] == other[8:10] and one[8:10] == other[5:7]


def _phone(phone: str | None) -> str:
    digits = re.sub(r"\D", "", phone or "").lstrip("0")
    return digits if len(digits) >= SHORTEST_PHONE else ""


def _same_phone(one: str, other: str) -> bool:
    """With and without country code or trunk digit."""
    return one[-PHONE_END:] == other[-PHONE_END:] or one.endswith(other) or other.endswith(one)


def _number(number: str | None) -> str:
    return re.sub(r"[^A-Z0-9]", "", (number or "").upper())


def _address(line: str | None, postcode: str | None) -> str:
    street = _words(line)
    return f"{street} {_number(postcode)}" if re.search(r"\d", street) else ""


@lru_cache(maxsize=10_000)
def _words(text: str | None) -> str:
    """Lower-case ASCII words, other scripts transliterated."""
    return " ".join(re.findall(r"[a-z0-9]+", anyascii(text or "").lower()))
