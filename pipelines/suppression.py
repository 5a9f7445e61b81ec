"""Is this text an identity of somebody who was erased? The same answer as the database's guard gives.

In: the salt and the hashes of api.suppression, which the schema's owner reads. Out: yes or no for a text in
any spelling. A twin of `api.normal` and `api.suppressed`; a test compares both.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable
from dataclasses import dataclass

KINDS = ("phone", "email", "number")


@dataclass(frozen=True, slots=True)
class Suppression:
    salt: str
    hashes: frozenset[str]

    def __bool__(self) -> bool:
        return bool(self.hashes)

    def knows(self, text: str) -> bool:
        """Whether the text, read as any kind of identity, is one that was erased."""
        return any(self._hash(kind, text) in self.hashes for kind in KINDS)

    def knows_any(self, texts: Iterable[str | None]) -> bool:
        return any(self.knows(text) for text in set(texts) if text)

    def _hash(self, kind: str, text: str) -> str | None:
        plain = normal(kind, text)
        if plain is None:
            return None
        return hashlib.sha256(f"{self.salt}{kind}:{plain}".encode()).hexdigest()


def normal(kind: str, text: str) -> str | None:
    """What two spellings of one identity share; None when nothing is left that could identify."""
    if kind == "phone":
        found = re.search(r"[0-9]{7,9}$", re.sub(r"[^0-9]", "", text))
        return found[0] if found else None
    if kind == "email":
        return text.strip(" ").lower() or None
    return re.sub(r"[^A-Za-z0-9]", "", text).upper() or None
