"""Writes docs/languages.md from the catalogues and CLDR: `python docs/write_languages.py`.

In: the desk's LANGUAGES, catalogues and LOCALES, and the catalogues of refusals. Out: per language how many
words of the desk and how many sentences of refusals it says; per place whose
words are shown there and how a day, a number and money are written. A test refuses a page that is stale.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from functools import cache
from pathlib import Path

from babel import Locale
from babel.numbers import get_territory_currencies

from operational_api.catalogue import read_catalogue
from operational_api.desk.language import LANGUAGES, catalogue, language_for
from operational_api.desk.locales import LOCALES, locale, primary
from operational_api.wording import FOLDER

PAGE = Path(__file__).resolve().parent / "languages.md"
DAY, NUMBER, MINOR = date(2026, 3, 10), 1234567.5, 123456789
INTRO = """# Languages and places

Written by `python docs/write_languages.py` from the catalogues in `operational_api/desk/translations/` and
from CLDR (Babel); change those, not this page.

Words and formats are chosen apart. The words of the desk are those of the first wish (choice on the page,
account, browser) that has a catalogue, else English; days, numbers, plurals and money are written as in the
reader's place, whatever the words are. Refusals of the API, of bulk rows and of file rows are sentences of
`operational_api/words/`, said in the language of the request, else of the account, else in English. Digits
are Western everywhere, as on part numbers and in forms; days are Gregorian. Adding a language: one `.po`
file and its name in `language.py`; adding a place: its tag in `locales.py`."""


def page() -> str:
    """The whole page."""
    return "\n".join([INTRO, "", *_languages(), "", *_places(), ""])


@cache
def messages() -> frozenset[str]:
    """Everything that any catalogue says; a counted message counts once."""
    known = [catalogue(code) for code in LANGUAGES]
    return frozenset(m for c in known for m in (*c.words, *c.counted))


def share(code: str) -> float:
    """Percent of the messages that the catalogue says; English is what the messages are written in."""
    said = catalogue(code)
    return 100.0 if code == "en" else 100 * len({*said.words, *said.counted}) / len(messages())


def told(code: str) -> int:
    """Sentences of refusals that the catalogue says; English says all that any other does."""
    known = {c: read_catalogue(FOLDER / f"{c}.po", c).words.keys() for c in LANGUAGES}
    return len(frozenset().union(*known.values())) if code == "en" else len(known[code])


def _languages() -> Iterator[str]:
    yield f"## Catalogues\n\n{len(LANGUAGES)} languages.\n"
    yield "| Tag | Language | Direction | Words | Refusals | Plural forms |"
    yield "|---|---|---|---|---|---|"
    for code, name in LANGUAGES.items():
        forms = sorted({*Locale.parse(code).plural_form.tags, "other"})
        direction = Locale.parse(code).text_direction
        yield f"| {code} | {name} | {direction} | {share(code):.0f} % | {told(code)} | {', '.join(forms)} |"


def _places() -> Iterator[str]:
    yield f"## Places\n\n{len(LOCALES)} places. Direction is that of the words shown.\n"
    yield "| Tag | Place | Words | Direction | Day | Number | Money |"
    yield "|---|---|---|---|---|---|---|"
    for tag in LOCALES:
        say = language_for(tag)
        currency = _currency(locale(tag))
        own = share(say.code) if primary(tag) == say.code else 0.0
        words = f"{say.code}, {own:.0f} %" if own else f"{say.code} (own: 0 %)"
        shown = [say.day(DAY), say.number(NUMBER, 2), say.money(MINOR, currency)]
        place = locale(tag).get_display_name("en")
        yield f"| {tag} | {place} | {words} | {say.direction} | {' | '.join(shown)} |"


def _currency(place: Locale) -> str:
    """What is paid there on the day of the sample."""
    return str(get_territory_currencies(place.territory, DAY, DAY)[0])


if __name__ == "__main__":
    PAGE.write_text(page())
