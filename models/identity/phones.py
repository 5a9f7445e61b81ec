"""Phones as E.164 digits, for a million at once.

In: what was typed, and the market's country. Out: digits with country code and without `+`. Country codes,
trunk prefixes and possible lengths are those of `phonenumbers`; the rules run as column expressions, because
parsing one by one takes 0.1 to 0.2 ms each. What fits no rule keeps its digits: it can still be compared.
"""

from __future__ import annotations

from functools import cache

import phonenumbers
import polars as pl
from phonenumbers.phonemetadata import PhoneMetadata

_DIGITS = {d: str(n) for zero in "٠۰०๐০０" for n in range(10) for d in [chr(ord(zero) + n)]}
_SHORTEST = 6  # digits: less is a typing accident, not a number


def e164(number: pl.Expr, country: pl.Expr, countries: list[str]) -> pl.Expr:
    """`number` of customers in `country` (ISO 3166, one of `countries`); null when there are too few digits.

    Of a field that holds several numbers the first counts.
    """
    latin = number.str.replace_many(_DIGITS)
    first = latin.str.extract(r"^([^/;,|]*)", 1)
    is_foreign = first.str.contains(r"^\s*\(?(\+|00)")
    digits = first.str.replace_all(r"\(0\)", "").str.replace_all(r"\D+", "")
    full = digits
    for code in countries:
        plan = _plan(code)
        if plan is not None:
            full = pl.when(country == code).then(_national(digits, plan)).otherwise(full)
    full = pl.when(is_foreign).then(digits.str.replace(r"^00", "")).otherwise(full)
    return pl.when(digits.str.len_chars() >= _SHORTEST).then(full)


class _Plan:
    """A country's numbering plan, as far as it decides how digits are read."""

    def __init__(self, metadata: PhoneMetadata) -> None:
        self.code = str(metadata.country_code)
        trunk = metadata.national_prefix or ""
        self.trunk = trunk if trunk.isdigit() else ""
        general = metadata.general_desc
        lengths = sorted(n for n in general.possible_length if n >= _SHORTEST) if general else []
        self.lengths = lengths or list(range(_SHORTEST, 16))


@cache
def _plan(country: str) -> _Plan | None:
    metadata = phonenumbers.PhoneMetadata.metadata_for_region(country, None)
    return None if metadata is None else _Plan(metadata)


def _national(digits: pl.Expr, plan: _Plan) -> pl.Expr:
    """Digits without a `+`: with the country code when what follows has a possible length, else national."""
    rest = digits.str.slice(len(plan.code))
    bare = rest.str.replace(rf"^{plan.trunk}", "") if plan.trunk else rest
    is_full = digits.str.starts_with(plan.code) & bare.str.len_chars().is_in(plan.lengths)
    is_full &= digits.str.len_chars() > max(plan.lengths[0], 9)
    local = digits.str.replace(rf"^{plan.trunk}", "") if plan.trunk else digits
    return pl.when(is_full).then(plan.code + bare).otherwise(plan.code + local)
