"""Vehicle identification numbers (ISO 3779): what is wrong with one, and what may have been meant.

In: a text. Out: findings, each with what to do about it. Length and characters are always law; what a
check digit in position 9 means depends on who built the car (`operational_api/wmi.py`). Corrections of one
character are offered, never made.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum

from operational_api.wmi import Regime, regime_of

LENGTH = 17
LETTERS = "ABCDEFGHJKLMNPRSTUVWXYZ0123456789"
MOST_REPAIRS = 5
_VALUES = dict(
    zip(
        "ABCDEFGHJKLMNPRSTUVWXYZ",
        (1, 2, 3, 4, 5, 6, 7, 8, 1, 2, 3, 4, 5, 7, 9, 2, 3, 4, 5, 6, 7, 8, 9),
        strict=True,
    )
) | {str(d): d for d in range(10)}
_WEIGHTS = (8, 7, 6, 5, 4, 3, 2, 10, 0, 9, 8, 7, 6, 5, 4, 3, 2)
_CHECK_POSITION = 8
# What is misread for what on a plate, a photograph or in handwriting; the likelier first.
_LOOKS_LIKE = {
    "I": "1", "O": "0", "Q": "0", "0": "DCU", "1": "7LT", "2": "Z7", "3": "8B", "4": "A9", "5": "S6",
    "6": "GB5", "7": "1TZ", "8": "B36", "9": "4GP", "A": "4", "B": "8", "C": "G0", "D": "0", "E": "F",
    "F": "EP", "G": "6C", "H": "NK", "J": "1U", "K": "XH", "L": "1", "M": "NW", "N": "MH", "P": "FR",
    "R": "PB", "S": "5", "T": "71", "U": "V0", "V": "UY", "W": "VM", "X": "K", "Y": "V", "Z": "2",
}  # fmt: skip


class Severity(StrEnum):
    REJECT = "reject"
    WARN = "warn"


@dataclass(frozen=True, slots=True)
class Finding:
    """`repairs`: numbers one character apart that keep every rule, likeliest first; nobody applies them."""

    severity: Severity
    rule: str
    remedy: str
    repairs: tuple[str, ...] = ()


def check_vin(vin: str) -> list[Finding]:
    """What is wrong with `vin`; an empty list when nothing is."""
    if len(vin) != LENGTH:
        return [
            Finding(Severity.REJECT, "a VIN has 17 characters", f"this one has {len(vin)}; read it again")
        ]
    wrong = sorted(set(vin) - set(LETTERS))
    if wrong:
        rule = "a VIN holds capital letters without I, O, Q, and digits"
        repairs = tuple(look_alikes(vin))[:MOST_REPAIRS]
        remedy = f"{' '.join(wrong)} cannot stand in one; read it again"
        return [Finding(Severity.REJECT, rule, _with_repairs(remedy, repairs), repairs)]
    fits = check_digit(vin)
    if fits == vin[_CHECK_POSITION] or (regime := regime_of(vin)) is Regime.NOT_USED:
        return []
    repairs = tuple(look_alikes(vin))[:MOST_REPAIRS]
    remedy = f"{fits} would fit; usually one character was misread"
    return [
        Finding(
            Severity.REJECT if regime is Regime.REJECT else Severity.WARN,
            "the check digit in position 9 does not fit",
            _with_repairs(remedy, repairs),
            repairs,
        )
    ]


def look_alikes(vin: str) -> Iterator[str]:
    """Numbers one misread character away that are sound, and whose check digit fits where it is used."""
    broken = [i for i, c in enumerate(vin) if c not in _VALUES]
    for position in broken if len(broken) == 1 else range(LENGTH) if not broken else ():
        for other in _LOOKS_LIKE.get(vin[position], ""):
            repaired = vin[:position] + other + vin[position + 1 :]
            fits = check_digit(repaired) == repaired[_CHECK_POSITION]
            if fits or regime_of(repaired) is Regime.NOT_USED:
                yield repaired


def neighbours(vin: str) -> list[str]:
    """Every number that differs in one character, for looking up which of them is on file."""
    return [vin[:i] + c + vin[i + 1 :] for i, old in enumerate(vin[:LENGTH]) for c in LETTERS if c != old]


def check_digit(vin: str) -> str:
    """What position 9 of a well-formed VIN should hold: sum of value times weight, modulo 11."""
    rest = sum(_VALUES[c] * w for c, w in zip(vin, _WEIGHTS, strict=True)) % 11
    return "X" if rest == 10 else str(rest)


def _with_repairs(remedy: str, repairs: tuple[str, ...]) -> str:
    return f"{remedy}. Did you mean {', '.join(repairs)}?" if repairs else remedy
