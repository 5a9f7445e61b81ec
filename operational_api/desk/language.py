"""Words and figures in the reader's language: catalogues in gettext's .po, formats from CLDR.

Words and formats are chosen apart: a reader whose language has no catalogue reads English words with the
dates, numbers and money of home. A missing word falls back to English. Adding a language is adding one file
to `translations/` and its name here; adding a place is adding its tag to `locales.py`.
"""

from __future__ import annotations

from copy import copy
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from functools import cache
from pathlib import Path
from zoneinfo import ZoneInfo

from babel import Locale
from babel.dates import format_date, format_datetime, format_timedelta
from babel.numbers import format_decimal

from operational_api.catalogue import Catalogue, read_catalogue, wished
from operational_api.codes import minor_digits
from operational_api.desk import locales

FOLDER = Path(__file__).parent / "translations"
LANGUAGES = {
    "en": "English",
    "ar": "العربية",
    "de": "Deutsch",
    "es": "Español",
    "fr": "Français",
    "hi": "हिन्दी",
    "pt": "Português",
    "ru": "Русский",
    "th": "ไทย",
    "vi": "Tiếng Việt",
    "zh": "中文",
}


@dataclass(frozen=True, slots=True)
class Language:
    """Words of `code` and formats of `tag`. Calling it translates: `say("Order {n}", n=3)`."""

    code: str
    tag: str = ""  # the same as the words when nothing else is wished

    def __call__(self, text: str, **values: object) -> str:
        said = catalogue(self.code).words.get(text) or text
        return said.format(**values) if values else said

    def if_said(self, text: str) -> str:
        """A longer explanation where the language has it; better none than one in English."""
        return text if self.code == "en" else catalogue(self.code).words.get(text, "")

    def counted(self, one: str, many: str, n: int, **values: object) -> str:
        """A message about `n` things, in the form that the language has for that number."""
        found = catalogue(self.code)
        forms = found.counted.get(one)
        said = forms[found.form(n)] if forms else one if n == 1 else many
        return said.format(n=self.number(n, 0), **values)

    @property
    def direction(self) -> str:
        """Of the words; a page of English words runs from left to right for any reader."""
        return str(Locale.parse(self.code).text_direction)

    @property
    def _locale(self) -> Locale:
        return locales.locale(self.tag or self.code)

    def number(self, value: float | int | Decimal | None, digits: int = 1) -> str:
        """At most `digits` decimals, grouped as the place groups them; a dash where there is no figure."""
        if value is None:
            return "-"
        whole = self._locale.decimal_formats[None].pattern.split(".")[0]
        pattern = f"{whole}.{'#' * digits}" if digits else whole
        return str(format_decimal(value, format=pattern, locale=self._locale))

    def money(self, minor: int | None, currency: str | None) -> str:
        if minor is None or not currency:
            return "-"
        digits = minor_digits(currency)
        pattern = copy(self._locale.currency_formats["standard"])
        pattern.frac_prec = (digits, digits)
        amount = Decimal(minor).scaleb(-digits)
        return str(pattern.apply(amount, self._locale, currency=currency, currency_digits=False))

    def day(self, value: date | str | None) -> str:
        if not value:
            return "-"
        return str(format_date(date.fromisoformat(str(value)[:10]), format="medium", locale=self._locale))

    def instant(self, value: datetime | str | None, zone: str | None = None) -> str:
        """On the clock of the zone; without one in UTC, and said so: a page knows no reader's clock."""
        if not value:
            return "-"
        moment = value if isinstance(value, datetime) else datetime.fromisoformat(value)
        if zone is None:
            return f"{format_datetime(moment, format='short', locale=self._locale)} UTC"
        return str(format_datetime(moment, "short", tzinfo=ZoneInfo(zone), locale=self._locale))

    def span(self, length: timedelta) -> str:
        """A length of time in one unit, in words of the page: `3 hours`."""
        return str(format_timedelta(length, granularity="minute", threshold=1, locale=self.code))


def language_for(*wishes: str | None) -> Language:
    """Words of the first wish that has them, else English; formats of the first place among the wishes.

    A later wish may say the place of an earlier one: `pt`, then `pt-BR`, is Portuguese as in Brazil.
    """
    tags = [tag for wish in wishes for tag in wished(wish)]
    code = next((locales.primary(t) for t in tags if locales.primary(t) in LANGUAGES), "en")
    places = [found for tag in tags if (found := locales.known(tag))]
    if not places:
        return Language(code)
    finer = (place for place in places if place.startswith(f"{places[0]}-"))
    return Language(code, next(finer, places[0]))


@cache
def catalogue(code: str) -> Catalogue:
    """The catalogue of a language of LANGUAGES; empty for English, whose words are the messages."""
    return read_catalogue(FOLDER / f"{code}.po", code)
