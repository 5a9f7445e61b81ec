"""Places whose dates, numbers, money and plurals the desk writes by CLDR, whatever language its words are in.

A tag of a user or a browser (BCP-47) is looked up here; only these and their bare languages are ever loaded,
so that a header with strange tags cannot fill the memory.
"""

from __future__ import annotations

from functools import cache

from babel import Locale

LOCALES = (
    "ar-AE", "ar-EG", "ar-SA", "az-AZ", "bg-BG", "bn-BD", "cs-CZ", "de-AT", "de-DE", "el-GR", "en-AU",
    "en-GB", "en-IN", "en-KE", "en-US", "en-ZA", "es-CL", "es-CO", "es-ES", "es-MX", "es-PE", "fa-IR",
    "fil-PH", "fr-CI", "fr-FR", "fr-MA", "he-IL", "hi-IN", "hu-HU", "id-ID", "it-IT", "ka-GE", "kk-KZ",
    "km-KH", "lo-LA", "mn-MN", "ms-MY", "my-MM", "ne-NP", "nl-NL", "pl-PL", "pt-BR", "pt-PT", "ro-RO",
    "ru-RU", "si-LK", "sr-RS", "sw-KE", "th-TH", "tr-TR", "uk-UA", "ur-PK", "uz-UZ", "vi-VN", "zh-CN",
    "zh-TW",
)  # fmt: skip
_EXACT = {tag.lower(): tag for tag in LOCALES}
_PRIMARY = frozenset(tag.split("-")[0] for tag in LOCALES)


def primary(tag: str) -> str:
    """`pt-BR` -> `pt`; Tagalog, as browsers and people call it, is Filipino in CLDR."""
    first = tag.strip().lower().replace("_", "-").split("-")[0]
    return "fil" if first == "tl" else first


def known(tag: str) -> str | None:
    """The tag as it is written here, else its bare language; None when CLDR is not asked about it."""
    exact = _EXACT.get(tag.strip().lower().replace("_", "-"))
    return exact or (primary(tag) if primary(tag) in _PRIMARY else None)


@cache
def locale(tag: str) -> Locale:
    """CLDR's data for a tag that `known` gave."""
    return Locale.parse(tag, sep="-")
