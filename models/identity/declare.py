"""What is compared and which records meet: declared once, read by pairs, fit and evidence.

A comparison's levels are SQL over `l` and `r`, best first; the first that holds counts, none of them is the
last level, and a null on either side is no evidence. `about` separates what a person is (given name, birth,
ids) from what a household shares (family name, phone, address): the second kind alone never makes one person
of two. A meeting key that too many records hold says nothing and is left out.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from models.identity.normalise import COMPANY, PERSON

About = Literal["self", "shared"]


@dataclass(frozen=True, slots=True)
class Level:
    """`usual`: how often two records of one person stand here, before anything is learned.

    `rarity`: the column whose value's frequency is the chance of meeting here by accident.
    """

    meaning: str
    sql: str
    usual: float
    rarity: str | None = None


@dataclass(frozen=True, slots=True)
class Comparison:
    """One field or group of fields; `known` is SQL that holds when both sides can be compared."""

    name: str
    about: About
    known: str
    levels: tuple[Level, ...]

    @property
    def size(self) -> int:
        return len(self.levels) + 1

    @property
    def meanings(self) -> tuple[str, ...]:
        return (*(level.meaning for level in self.levels), "different")


@dataclass(frozen=True, slots=True)
class Kind:
    """Persons or companies: they are compared among themselves only."""

    name: str
    comparisons: tuple[Comparison, ...]
    worldwide_keys: tuple[str, ...]  # what brings records of two countries together
    meeting_keys: tuple[str, ...]
    wide_keys: tuple[str, ...]  # the same for files small enough to look further
    identifying: tuple[str, ...]  # fields that together tell members apart


def _both(*columns: str) -> str:
    return " and ".join(f"l.{c} is not null and r.{c} is not null" for c in columns)


def alike(column: str, least: float) -> str:
    """Whether two texts are so alike; told the least that counts, it gives up early."""
    return f"jaro_winkler_similarity(l.{column}, r.{column}, {least}) >= {least}"


def _name(column: str, sound: str, about: About, *extra: Level) -> Comparison:
    near, similar = (alike(column, least) for least in (0.93, 0.82))
    in_parts = f"(contains(l.{column}, ' ') or contains(r.{column}, ' '))"
    inside = f"starts_with(l.{column}, r.{column} || ' ') or starts_with(r.{column}, l.{column} || ' ')"
    ends = f"ends_with(l.{column}, ' ' || r.{column}) or ends_with(r.{column}, ' ' || l.{column})"
    same_letters = f"replace(l.{column}, ' ', '') = replace(r.{column}, ' ', '')"
    return Comparison(
        column,
        about,
        _both(column),
        (
            Level("same", f"l.{column} = r.{column}", 0.7, column),
            Level(
                "one letter or one part differs",
                f"{near} or ({in_parts} and ({inside} or {ends} or {same_letters}))",
                0.1,
            ),
            Level("sounds alike", f"length(l.{sound}) > 1 and l.{sound} = r.{sound}", 0.06),
            Level(
                "similar",
                f"{similar} or (least(length(l.{column}), length(r.{column})) = 1"
                f" and l.{column}[1] = r.{column}[1])",
                0.05,
            ),
            *extra,
        ),
    )


# A case, and not one condition: a conjunction whose value is asked for is computed for every pair, whole.
_SWAPPED = (
    "case when l.given[1] = r.family[1] and l.family[1] = r.given[1] and l.given[1] <> r.given[1]"
    " then jaro_winkler_similarity(l.given, r.family) >= 0.85"
    " and jaro_winkler_similarity(l.family, r.given) >= 0.85 else false end"
)
_DAY_MONTH = "l.birth[:4] = r.birth[:4] and l.birth[5:6] = r.birth[7:8] and l.birth[7:8] = r.birth[5:6]"
_DIALLED = "hamming(l.dialled, r.dialled)"
_DAYS = "hamming(l.birth, r.birth)"
_MAIL, _STREET = alike("email", 0.9), alike("street", 0.85)

GIVEN = _name("given", "given_sound", "self", Level("given and family names swapped", _SWAPPED, 0.02))
FAMILY = _name("family", "family_sound", "shared")
FAMILY = Comparison("family", "shared", f"{FAMILY.known} and not {_SWAPPED}", FAMILY.levels)
BIRTH = Comparison(
    "birth",
    "self",
    _both("birth"),
    (
        Level("same", "l.birth = r.birth", 0.75, "birth"),
        Level(
            "one digit differs, or day and month swapped",
            f"{_DAYS} <= 1 or ({_DAYS} = 2 and damerau_levenshtein(l.birth, r.birth) = 1) or ({_DAY_MONTH})",
            0.15,
        ),
        Level("two digits differ", f"{_DAYS} <= 2", 0.05),
    ),
)
NID = Comparison(
    "nid",
    "self",
    _both("nid"),
    (
        Level("same", "l.nid = r.nid", 0.85, "nid"),
        Level("one half same", "l.nid_head = r.nid_head or l.nid_tail = r.nid_tail", 0.13),
    ),
)
PHONE = Comparison(
    "phone",
    "shared",
    _both("phone"),
    (
        Level("same", "l.phone = r.phone", 0.6, "phone"),
        Level(
            "one digit differs",
            f"{_DIALLED} <= 1 or levenshtein(l.phone, r.phone) <= 1"
            f" or ({_DIALLED} = 2 and damerau_levenshtein(l.dialled, r.dialled) = 1)",
            0.1,
        ),
        Level("two digits differ", f"{_DIALLED} <= 2", 0.02),
    ),
)


def _email(name: str, known: str) -> Comparison:
    return Comparison(
        name,
        "shared",
        f"{_both('email')} and {known}",
        (
            Level("same", "l.email = r.email", 0.6, "email"),
            Level("same mailbox", "length(l.mailbox) > 4 and l.mailbox = r.mailbox", 0.05),
            Level(
                "one mailbox continues the other",
                "length(l.mailbox) > 5 and length(r.mailbox) > 5 and"
                " (starts_with(l.mailbox, r.mailbox) or starts_with(r.mailbox, l.mailbox))",
                0.03,
            ),
            Level(
                "one or two letters differ",
                "abs(length(l.email) - length(r.email)) <= 2"
                f" and {_MAIL} and levenshtein(l.email, r.email) <= 2",
                0.1,
            ),
            Level("similar", _MAIL, 0.1),
        ),
    )


# A mailbox is mostly made of its owner's name: among strangers of one name similar mailboxes are common. So
# what similarity is worth is learned apart for pairs that agree in the name and pairs that do not.
_NAMESAKES = "coalesce(l.given_sound = r.given_sound or l.family_sound = r.family_sound, false)"
EMAIL = _email("email", f"not ({_NAMESAKES})")
EMAIL_OF_NAMESAKES = _email("email_of_namesakes", _NAMESAKES)
EMAIL_OF_COMPANY = _email("email", "true")
STREET = Comparison(
    "street",
    "shared",
    _both("street"),
    (
        Level("same", "l.street = r.street", 0.6, "street"),
        Level("same house, similar street", f"l.house = r.house and {_STREET}", 0.2),
        Level("similar", _STREET, 0.08),
    ),
)
MORE = Comparison(
    "more",
    "shared",
    _both("more"),
    (
        Level("same", "l.more = r.more", 0.6, "more"),
        Level("similar", alike("more", 0.85), 0.2),
    ),
)
PLACE = Comparison(
    "place",
    "shared",
    "((l.postcode is not null and r.postcode is not null) or (l.city is not null and r.city is not null))",
    (
        Level("same postcode and town", "l.postcode = r.postcode and l.city = r.city", 0.6, "postcode"),
        Level("same postcode", "l.postcode = r.postcode", 0.1, "postcode"),
        Level(
            "one digit of the postcode differs",
            "levenshtein(l.postcode, r.postcode) <= 1"
            " and coalesce(jaro_winkler_similarity(l.city, r.city), 1) > 0.8",
            0.1,
        ),
        Level("same town", "l.city = r.city", 0.08, "city"),
        Level("similar town", alike("city", 0.85), 0.05),
    ),
)
REGION = Comparison(
    "region", "shared", _both("region"), (Level("same", "l.region = r.region", 0.9, "region"),)
)
GENDER = Comparison("gender", "self", _both("gender"), (Level("same", "l.gender = r.gender", 0.97),))
BIRTH_PLACE = Comparison(
    "birth_place",
    "self",
    _both("birth_place"),
    (
        Level("same", "l.birth_place = r.birth_place", 0.8, "birth_place"),
        Level("similar", alike("birth_place", 0.88), 0.1),
    ),
)
OCCUPATION = Comparison(
    "occupation",
    "self",
    _both("occupation"),
    (Level("same", "l.occupation = r.occupation", 0.6, "occupation"),),
)
ORG = Comparison(
    "org",
    "self",
    _both("org"),
    (
        Level("same", "l.org = r.org", 0.7, "org"),
        Level(
            "one letter or one word differs",
            f"{alike('org', 0.93)} or starts_with(l.org, r.org || ' ')"
            " or starts_with(r.org, l.org || ' ') or replace(l.org, ' ', '') = replace(r.org, ' ', '')",
            0.15,
        ),
        Level("sounds alike", "length(l.org_sound) > 2 and l.org_sound = r.org_sound", 0.07),
        Level("similar", alike("org", 0.85), 0.05),
    ),
)

_LAND = "coalesce(country, '')"
PERSONS = Kind(
    PERSON,
    (
        GIVEN,
        FAMILY,
        BIRTH,
        NID,
        PHONE,
        EMAIL,
        EMAIL_OF_NAMESAKES,
        STREET,
        MORE,
        PLACE,
        REGION,
        GENDER,
        BIRTH_PLACE,
        OCCUPATION,
    ),
    ("nid", "phone", "email"),
    (
        "mailbox, birth",
        f"{_LAND}, birth, given_sound[:2]",
        f"{_LAND}, birth, family_sound[:2]",
        "birth, postcode",
        "birth, street",
        "birth, dialled[6:]",
        f"{_LAND}, given_sound, family_sound, postcode[:3]",
        f"{_LAND}, street, given_sound[:2]",
        f"{_LAND}, street, postcode",
        f"{_LAND}, given_sound, postcode",
        "dialled[3:], given[1]",
        "nid_head, birth[1:4]",
        "nid_tail",
    ),
    (
        "birth",
        "street",
        "more",
        "mailbox",
        "nid_head",
        f"{_LAND}, given_sound, family_sound, birth[:4]",
        f"{_LAND}, least(given, family), greatest(given, family), coalesce(city, '')",
        f"{_LAND}, family_sound, postcode",
        f"{_LAND}, house, postcode",
        f"{_LAND}, given_sound, postcode, birth[5:8]",
        f"{_LAND}, given_sound, birth[:4], city",
        f"{_LAND}, family_sound, birth[:4], city",
        f"{_LAND}, given_sound, family_sound",
        f"{_LAND}, family_sound, house",
        f"{_LAND}, given_sound, house",
        "postcode, birth[1:4]",
        "postcode, birth[5:8]",
        f"{_LAND}, family",
        f"{_LAND}, given",
        "city, house",
        f"{_LAND}, given, city",
        f"{_LAND}, family, city",
        "city, birth[5:8]",
    ),
    ("given", "family", "birth"),
)
COMPANIES = Kind(
    COMPANY,
    (ORG, NID, PHONE, EMAIL_OF_COMPANY, STREET, MORE, PLACE, REGION),
    ("nid", "phone", "email"),
    (
        f"{_LAND}, org",
        f"{_LAND}, org_sound, city",
        f"{_LAND}, org_sound[:4], postcode",
        f"{_LAND}, street, org[:2]",
        "nid_head, org[1]",
        "nid_tail",
        "dialled[3:], org[1]",
    ),
    (f"{_LAND}, split_part(org, ' ', 1), city", "postcode, house", "mailbox"),
    ("org", "phone"),
)
KINDS = (PERSONS, COMPANIES)
