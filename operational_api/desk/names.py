"""What people call the documents that others refer to: a customer's name beside the number of the record.

In: rows with references. Out: names by type and key, as far as the reader may see them; one request a type.
"""

from __future__ import annotations

import asyncio
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from operational_api.desk.api import Api
from operational_api.desk.session import Session
from operational_api.document import Document, Field
from operational_api.documents import BY_NAME
from operational_api.policy import MASK
from operational_api.reads import MOST

Row = Mapping[str, Any]
Reference = tuple[str, str]  # type and key
Names = Mapping[Reference, str]


def name_of(document: Document, row: Row) -> str:
    """As it is written, masked where the policy masks it; the key where no name stands."""
    words = [str(row["data"][n]) for n in document.named_by if row["data"].get(n)]
    return " ".join(words) or str(row["key"])


def references_of(fields: Iterable[Field], data: Row) -> Iterator[Reference]:
    """What a row refers to, its lines included."""
    for field in fields:
        value = data.get(field.name)
        if isinstance(value, list):
            for line in value:
                yield from references_of(field.lines, line)
        elif field.ref is not None and isinstance(value, str):
            yield field.ref, value


def is_public(reference: Reference) -> bool:
    """Whether the name is that of no person, so that it may stand where others look over a shoulder."""
    document = BY_NAME[reference[0]]
    return not any(document.field(n).personal for n in document.named_by)


async def names_of(session: Session, api: Api, references: Iterable[Reference]) -> Names:
    """Names of what the reader may read; of the others the key has to do."""
    keys: defaultdict[Document, set[str]] = defaultdict(set)
    for target, key in references:
        document = BY_NAME[target]
        if document.named_by and key != MASK and session.reads(document):
            keys[document].add(key)
    asked = [_named(api, document, sorted(wanted)[:MOST]) for document, wanted in keys.items()]
    return {reference: name for found in await asyncio.gather(*asked) for reference, name in found}


async def _named(api: Api, document: Document, keys: list[str]) -> list[tuple[Reference, str]]:
    found = await api.get(f"/v1/{document.collection}", keys=",".join(keys), limit=MOST)
    named = ((row["key"], name_of(document, row)) for row in found["items"])
    return [((document.name, key), name) for key, name in named if name != key and MASK not in name]
