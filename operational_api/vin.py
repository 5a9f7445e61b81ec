"""Vehicle identification numbers (ISO 3779) and where their check digit is law.

In: a text. Out: findings, each with what to do about it. Length and characters are always law; the check
digit in position 9 is compulsory in North America only, so elsewhere a mismatch is a warning: European
numbers carry Z there. Corrections are suggested, never made.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

LENGTH = 17
LETTERS = "ABCDEFGHJKLMNPRSTUVWXYZ0123456789"
_VALUES = dict(
    zip(
        "ABCDEFGHJKLMNPRSTUVWXYZ",
        (1, 2, 3, 4, 5, 6, 7, 8, 1, 2, 3, 4, 5, 7, 9, 2, 3, 4, 5, 6, 7, 8, 9),
        strict=True,
    )
) | {str(d): d for d in range(10)}
_WEIGHTS = (8, 7, 6, 5, 4, 3, 2, 10, 0, 9, 8, 7, 6, 5, 4, 3, 2)
_CHECK_POSITION = 8
_NORTH_AMERICA = frozenset("12345")  # first character of makers in the USA, Canada and Mexico


class Severity(StrEnum):
    REJECT = "reject"
    WARN = "warn"


@dataclass(frozen=True, slots=True)
class Finding:
    severity: Severity
    rule: str
    remedy: str


def check_vin(vin: str) -> list[Finding]:
    """What is wrong with `vin`; an empty list when nothing is."""
    if len(vin) != LENGTH:
        return [
            Finding(Severity.REJECT, "a VIN has 17 characters", f"this one has {len(vin)}; read it again")
        ]
    wrong = sorted(set(vin) - set(LETTERS))
    if wrong:
        rule = "a VIN holds capital letters without I, O, Q, and digits"
        return [Finding(Severity.REJECT, rule, f"{' '.join(wrong)} cannot stand in one; read it again")]
    if check_digit(vin) == vin[_CHECK_POSITION]:
        return []
    return [
        Finding(
            Severity.REJECT if is_check_digit_law(vin) else Severity.WARN,
            "the check digit in position 9 does not fit",
            f"{check_digit(vin)} would fit; usually one character was misread",
        )
    ]


def check_digit(vin: str) -> str:
    """What position 9 of a well-formed VIN should hold: sum of value times weight, modulo 11."""
    rest = sum(_VALUES[c] * w for c, w in zip(vin, _WEIGHTS, strict=True)) % 11
    return "X" if rest == 10 else str(rest)


def is_check_digit_law(vin: str) -> bool:
    return vin[0] in _NORTH_AMERICA
