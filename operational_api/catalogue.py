"""Message catalogues as gettext writes them (.po): read once, used by the desk's words and by refusals.

In: a file and the language's code. Out: its words and its counted messages. A missing word is the reader's to
deal with.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from gettext import c2py
from pathlib import Path

from babel.messages.pofile import read_po


@dataclass(frozen=True, slots=True)
class Catalogue:
    """Words of one language; `form` gives the place of a counted message's form for a number."""

    words: Mapping[str, str]
    counted: Mapping[str, tuple[str, ...]]
    form: Callable[[int], int]


def read_catalogue(path: Path, code: str) -> Catalogue:
    """Empty when there is no such file: English, whose words are the messages, has none."""
    if not path.exists():
        return Catalogue({}, {}, lambda n: 0 if n == 1 else 1)
    with path.open("rb") as file:
        read = read_po(file, locale=code)
    pairs = [(m.id, m.string) for m in read if m.id]
    return Catalogue(
        {text: said for text, said in pairs if isinstance(text, str) and isinstance(said, str) and said},
        {
            text[0]: tuple(said)
            for text, said in pairs
            if isinstance(text, tuple | list) and said and all(said)
        },
        c2py(read.plural_expr),
    )


def wished(header: str | None) -> Iterator[str]:
    """`pt-BR,pt;q=0.9` -> the tags in their order."""
    for part in (header or "").split(","):
        if tag := part.split(";")[0].strip():
            yield tag
