"""Words and figures in the reader's language: catalogues in gettext's .po, formats from CLDR.

A missing word falls back to English. Adding a language is adding one file to `translations/`.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from functools import cache
from pathlib import Path

from babel import Locale
from babel.dates import format_date, format_datetime
from babel.messages.pofile import read_po
from babel.numbers import format_currency, format_decimal, get_currency_precision

FOLDER = Path(__file__).parent / "translations"
LANGUAGES = {
    "en": "English",
    "ar": "العربية",
    "de": "Deutsch",
    "es": "Español",
    "hi": "हिन्दी",
    "pt": "Português",
    "th": "ไทย",
    "zh": "中文",
}


@dataclass(frozen=True, slots=True)
class Language:
    """One language's words and formats. Calling it translates: `say("Order {n}", n=3)`."""

    code: str

    def __call__(self, text: str, **values: object) -> str:
        said = _catalogue(self.code).get(text) or text
        return said.format(**values) if values else said

    @property
    def direction(self) -> str:
        return str(Locale.parse(self.code).text_direction)

    def number(self, value: float | int | Decimal | None, digits: int = 1) -> str:
        """At most `digits` decimals; a dash where there is no figure."""
        if value is None:
            return "-"
        pattern = "#,##0." + "#" * digits if digits else "#,##0"
        return str(format_decimal(value, format=pattern, locale=self.code))

    def money(self, minor: int | None, currency: str | None) -> str:
        if minor is None or not currency:
            return "-"
        amount = Decimal(minor).scaleb(-get_currency_precision(currency))
        return str(format_currency(amount, currency, locale=self.code))

    def day(self, value: date | str | None) -> str:
        if not value:
            return "-"
        return str(format_date(date.fromisoformat(str(value)[:10]), format="medium", locale=self.code))

    def instant(self, value: datetime | str | None) -> str:
        """UTC, and said so: the pages do not know the reader's clock."""
        if not value:
            return "-"
        moment = value if isinstance(value, datetime) else datetime.fromisoformat(value)
        return f"{format_datetime(moment, format='short', locale=self.code)} UTC"


def language_for(*wishes: str | None) -> Language:
    """The first wish we speak, by its primary tag (pt-BR -> pt); English when there is none."""
    for wish in wishes:
        for tag in (wish or "").split(","):
            primary = tag.split(";")[0].strip().lower().split("-")[0]
            if primary in LANGUAGES:
                return Language(primary)
    return Language("en")


@cache
def _catalogue(code: str) -> dict[str, str]:
    path = FOLDER / f"{code}.po"
    if not path.exists():
        return {}
    with path.open("rb") as file:
        return {str(m.id): str(m.string) for m in read_po(file, locale=code) if m.id and m.string}
