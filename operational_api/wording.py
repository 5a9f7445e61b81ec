"""Refusals in the language of who reads them: a finished English sentence in, the same said in another out.

Sentences are made all over, some inside the database and some stored long ago, so what is looked up is the
finished sentence. `words/<language>.po` holds templates with places: `no such {0} {1}`. The template with the
most letters of its own that fits the sentence wins. What stands in a place is said too when it is a sentence
of the catalogue; a name, a code or a number stays as it is. What no template fits stays English.

Only a refusal pays for this: nothing is read or compiled before the first one in a language.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache, lru_cache
from pathlib import Path

from operational_api.catalogue import read_catalogue, wished

FOLDER = Path(__file__).parent / "words"
ENGLISH = "en"
LANGUAGES = (ENGLISH, "ar", "es", "fr", "pt", "ru", "vi", "zh")
# What joins two sentences. Of such a template the last place must be a sentence, else it joins mere values.
JOINTS = ("{0}: {1}", "{0}; {1}", "{0}, {1}")
REMEMBERED = 8_192  # sentences; a call of 5,000 bad lines says the same few over and over
_PLACE = re.compile(r"\{(\d+)\}")
_LONGEST = 2_000  # characters; longer ones are data more than they are words
_DEEPEST = 4  # sentences within sentences


def said(text: str, language: str) -> str:
    """The sentence in the language, as far as its catalogue goes; English as it came."""
    if language == ENGLISH or language not in LANGUAGES or len(text) > _LONGEST:
        return text
    return _said(text, language, 0) or text


def language_of(header: str | None, own: str | None = None) -> str:
    """The first language of an Accept-Language header that we have, else the account's own, else English."""
    for tag in (*wished(header), *wished(own)):
        code = tag.lower().replace("_", "-").split("-")[0]
        if code in LANGUAGES:
            return code
    return ENGLISH


def weight(template: str) -> int:
    """Letters of its own, which say how much of a sentence a template explains."""
    return len(_PLACE.sub("", template))


@dataclass(frozen=True, slots=True)
class _Template:
    literals: tuple[str, ...]
    pattern: re.Pattern[str]
    places: tuple[int, ...]
    answer: str
    is_joint: bool


@dataclass(frozen=True, slots=True)
class _Words:
    """Of one language: whole sentences, and templates, the most literal first.

    `by_first` holds those that a sentence with that first word may fit, `open` those that any may.
    """

    whole: dict[str, str]
    by_first: dict[str, tuple[_Template, ...]]
    open: tuple[_Template, ...]


@cache
def _words(language: str) -> _Words:
    words = read_catalogue(FOLDER / f"{language}.po", language).words
    placed = sorted((t for t in words if _PLACE.search(t)), key=lambda t: (-weight(t), t))
    whole = {text: answer for text, answer in words.items() if not _PLACE.search(text)}
    templates = [_compiled(text, words[text]) for text in placed]
    first = {template: _first_word(template.literals[0]) for template in templates}
    return _Words(
        whole,
        {word: tuple(t for t in templates if first[t] in {word, None}) for word in first.values() if word},
        tuple(t for t in templates if first[t] is None),
    )


def _first_word(head: str) -> str | None:
    """None when the template begins with a place, or with one that ends the first word."""
    word, space, _ = head.partition(" ")
    return word if space else None


def _compiled(text: str, answer: str) -> _Template:
    literals = tuple(_PLACE.split(text)[::2])
    return _Template(
        literals=literals,
        pattern=re.compile("(.+?)".join(re.escape(part) for part in literals), re.DOTALL),
        places=tuple(int(n) for n in _PLACE.findall(text)),
        answer=answer,
        is_joint=text in JOINTS,
    )


@lru_cache(REMEMBERED)
def _said(text: str, language: str, depth: int) -> str | None:
    """None when the catalogue does not know the sentence."""
    if depth > _DEEPEST:
        return None
    words = _words(language)
    if text in words.whole:
        return words.whole[text]
    for template in words.by_first.get(text.partition(" ")[0], words.open):
        if not text.startswith(template.literals[0]) or not all(p in text for p in template.literals[1:]):
            continue
        found = template.pattern.fullmatch(text)
        if found and (answer := _filled(template, found, language, depth)) is not None:
            return answer
    return None


def _filled(template: _Template, found: re.Match[str], language: str, depth: int) -> str | None:
    """None for a joint that joins no sentence."""
    # One word alone is a name or a code, even where it reads like a sentence of ours.
    known = [_said(t, language, depth + 1) if " " in t else None for t in found.groups()]
    if template.is_joint and known[-1] is None:
        return None
    values = {n: new or old for n, new, old in zip(template.places, known, found.groups(), strict=True)}
    return _PLACE.sub(lambda place: values[int(place[1])], template.answer)
