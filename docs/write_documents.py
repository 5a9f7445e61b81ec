"""Writes docs/documents.md from the declarations: `python docs/write_documents.py`.

In: operational_api/documents/. Out: every document type by area, with its fields, states and moves, drawn.
A test refuses a page that is not what this writes.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path

from operational_api.consequence import AddsUp, Consequence, Forbids, Moves, Needs, Opens, Stock, Within
from operational_api.document import AtMost, Document, Field, Grant, Kind, Move, NotBefore, Rule
from operational_api.documents import DOCUMENTS

PAGE = Path(__file__).resolve().parent / "documents.md"
AREAS = {
    "marketing": "Marketing",
    "customer": "Customers",
    "network": "Network and staff",
    "vehicle": "Vehicles",
    "service": "Service",
    "parts": "Parts",
    "finance": "Finance",
    "planning": "Planning",
    "general": "General",
    "quality": "Data quality",
}
INTRO = """# Document types

Written by `python docs/write_documents.py` from `operational_api/documents/`; change the declaration, not
this page.

Every type has the same addresses ([api.md](api.md)), the same header (outlet, state, version, when it was
true, who opened and changed it) and the same history. **Bold** fields are required to open; *personal* ones
stay out of the change feed, are masked by role and emptied by an erasure. An administrator may do whatever
anybody may. Under a diagram stand the moves: who makes them, what they need, what they may bring, and who
may not."""


def page() -> str:
    """The whole page."""
    areas = [*AREAS, *sorted({d.area for d in DOCUMENTS} - set(AREAS))]
    return "\n".join([INTRO, "", *_contents(areas), *(line for a in areas for line in _area(a))])


def of_area(area: str) -> list[Document]:
    """The types of an area, by name."""
    return sorted((d for d in DOCUMENTS if d.area == area), key=lambda d: d.name)


def _contents(areas: Iterable[str]) -> Iterator[str]:
    yield f"{len(DOCUMENTS)} types."
    yield ""
    for area in areas:
        if documents := of_area(area):
            links = " · ".join(f"[{d.name}](#{d.name})" for d in documents)
            yield f"* {_title(area)}: {links}"
    yield ""


def _area(area: str) -> Iterator[str]:
    documents = of_area(area)
    if documents:
        yield f"## {_title(area)}\n"
    for document in documents:
        yield from _document(document)


def _document(document: Document) -> Iterator[str]:
    yield f"### {document.name}\n"
    yield f"{document.meaning} `/v1/{document.collection}`\n"
    whose = "an outlet's own" if document.is_tenant else "shared"
    amended = f" Amended while {_listed(document.amend_in)}." if document.amend_in else " Never amended."
    yield (
        f"Key `{document.key}`; {whose}. Opened by {_people(document.open_by)}; "
        f"read by {_people(document.read_by)}.{amended}\n"
    )
    yield from _states(document)
    yield from _fields(document)
    for rule in document.rules:
        yield f"* Rule: {_rule(rule)}"
    for once in document.once:
        yield f"* Once per {_listed(once.fields)} while {_listed(once.states)}: {once.rule}."
    if document.rules or document.once:
        yield ""
    if document.follows:
        yield "In that moment:\n"
        yield from (f"* {_when(c)}, {_follows(c)}" for c in document.follows)
        yield ""


def _states(document: Document) -> Iterator[str]:
    yield "```mermaid"
    yield "stateDiagram-v2"
    for state in document.opens_in:
        yield f"    [*] --> {state}"
    for move in document.moves:
        for source in move.sources:
            yield f"    {source} --> {move.target}: {move.name}"
    yield "```\n"
    for move in document.moves:
        yield f"* `{move.name}` by {_people(move.by)}{_conditions(move)}"
    if document.moves:
        yield ""


def _conditions(move: Move) -> str:
    said = []
    if move.needs:
        said.append(f"needs {_listed(move.needs)}")
    if move.takes:
        said.append(f"may bring {_listed(move.takes)}")
    if move.not_by is not None:
        said.append(f"not by who is in `{move.not_by}`")
    if move.erases:
        said.append("empties every personal field")
    return "".join(f"; {s}" for s in said)


def _fields(document: Document) -> Iterator[str]:
    yield "| field | kind | meaning |"
    yield "|---|---|---|"
    for field in document.fields:
        yield f"| {_name(field)} | {_kind(field)} | {_cell(field.meaning)} |"
        for line in field.lines:
            yield f"| · {_name(line)} | {_kind(line)} | {_cell(line.meaning)} |"
    yield ""


def _name(field: Field) -> str:
    return f"**{field.name}**" if field.required else field.name


def _kind(field: Field) -> str:
    said = ", ".join(field.choices) if field.choices else field.kind.value
    if field.ref:
        said += f" of [{field.ref}](#{field.ref})"
    if field.kind is not Kind.MONEY and field.unit:
        said += f", {field.unit}"
    if field.minimum is not None or field.maximum is not None:
        said += f", {_bounds(field)}"
    return said + (", *personal*" if field.personal else "") + _hidden(field)


def _bounds(field: Field) -> str:
    low = "" if field.minimum is None else f"{field.minimum:,}"
    high = "" if field.maximum is None else f"{field.maximum:,}"
    return f"{low} to {high}" if low and high else (f"from {low}" if low else f"up to {high}")


def _hidden(field: Field) -> str:
    return f", hidden from {_people(field.hidden_from)}" if field.hidden_from else ""


def _rule(rule: Rule) -> str:
    match rule:
        case AtMost(parts, whole):
            return f"{' + '.join(parts)} is at most {whole}."
        case NotBefore(later, earlier):
            return f"{later} is not before {earlier}."


def _when(c: Consequence) -> str:
    states = " or ".join(c.into)
    only = f", {c.when[0]} {' or '.join(c.when[1])}" if c.when else ""
    each = f", for each of {c.each}" if c.each else ""
    return f"into {states}{only}{each}"


def _follows(c: Consequence) -> str:
    match c:
        case Needs(of=of, states=states, rule=rule, optional=optional):
            named = ", when it is named" if optional else ""
            return f"needs a [{of}](#{of}) that is {' or '.join(states)}{named}; else: {rule}."
        case Forbids(of=of, states=states, rule=rule):
            return f"refused while a [{of}](#{of}) is {' or '.join(states)}: {rule}."
        case Within(rule=rule) | AddsUp(rule=rule):
            return f"refused unless {rule}."
        case Stock(amount=amount, by=by, rule=rule):
            return f"the sum of {amount} by {_listed(by)} stays from 0: {rule}."
        case Moves(of=of, move=move, optional=optional):
            return f"`{move}` of the [{of}](#{of}){', where there is one' if optional else ''}."
        case Opens(of=of):
            return f"opens a [{of}](#{of})."


def _people(grants: Iterable[Grant]) -> str:
    return ", ".join(sorted(g.value for g in grants if g is not Grant.ADMIN)) or Grant.ADMIN.value


def _listed(names: Iterable[str]) -> str:
    return ", ".join(names)


def _cell(text: str) -> str:
    return text.replace("|", "\\|")


def _title(area: str) -> str:
    return AREAS.get(area, area.capitalize())


if __name__ == "__main__":
    PAGE.write_text(page())
