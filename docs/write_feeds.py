"""Writes docs/feeds.md from the declarations: `python docs/write_feeds.py`.

In: pipelines/file_feeds.py, pipelines/document_feeds.py. Out: every feed by sender with its columns and
rules, and what becomes of a row. A test refuses a page that is not what this writes.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from operational_api.payload_errors import field_rule
from pipelines.document_feeds import DOCUMENT_FEEDS, DocumentFeed
from pipelines.file_feeds import FEEDS, Feed, System

PAGE = Path(__file__).resolve().parent / "feeds.md"
INTRO = """# Feeds

Written by `python docs/write_feeds.py` from `pipelines/file_feeds.py` and `pipelines/document_feeds.py`;
change the declaration, not this page.

What other systems send: files with a contract. CSV, XLSX, Parquet and NDJSON, columns in any order and
letter case; other names by a mapping ([pipeline.md](pipeline.md)).

| | |
|---|---|
| `dms template hr_attendance --out hr.xlsx` | an empty file to fill in, with what each column means |
| `dms import FILE --as hr_attendance` | take it in; bad rows wait in quarantine with their reason |
| `inbox/hr_attendance/FILE` below the data folder | the same at the next run |
| `dms validate FILE --contract hr_attendance` | judge without writing |

Rows of a feed either **become documents** that exist, through the same write path as anybody's entry (same
checks, audit and history), or are **kept as rows** for the marts. Sent again, the same rows are duplicates.
Of documents: a *master*'s new value replaces what is on file where the state allows it; what another sender
opened is ours from then on. A document of several rows comes whole: one bad row holds back the others of
its key, and its correction releases them together. What a row refers to must be on file, else it waits.

Web leads also come as ADF XML: as a file (`dms import prospects.xml --as web_lead`, many prospects), or one
at a time at `POST /v1/leads/adf`. Read are id with its source, requestdate, the vehicle's model, the
customer's name, phone and e-mail, the provider, and vendor/id, which is the outlet's code. Delivery
schedules (DELFOR) and STAR-style messages: [api.md](api.md).

**Bold** columns are required."""


def page() -> str:
    """The whole page."""
    return "\n".join([INTRO, "", *(line for system in System for line in _of(system))])


def _of(system: System) -> Iterator[str]:
    feeds: list[Feed | DocumentFeed] = [f for f in (*DOCUMENT_FEEDS, *FEEDS) if f.system is system]
    if not feeds:
        return
    yield f"## From {system}" if system.isupper() else f"## From the {system}"
    for feed in feeds:
        yield ""
        yield f"### {feed.name}"
        yield f"{feed.meaning} {_becoming(feed)}"
        yield ""
        yield "| Column | Meaning | Write |"
        yield "|---|---|---|"
        for name, field in feed.written:
            shown = f"**{name}**" if field.required else name
            refers = f"; of a {field.ref} on file" if field.ref else ""
            yield f"| {shown} | {field.meaning} | {field_rule(field)}{refers} |"
        if rules := feed.contract.rules:
            yield ""
            yield f"Also: {', '.join(rule.name.replace('_', ' ') for rule in rules)}."
    yield ""


def _becoming(feed: Feed | DocumentFeed) -> str:
    if isinstance(feed, Feed):
        return f"Kept as rows; one counts per {', '.join(feed.grain)}, the one loaded last."
    link = f"[{feed.becomes}](documents.md#{feed.becomes})"
    if feed.status:
        moves = ", ".join(f"{value}: {move}" for value, move in feed.status.items())
        return f"Moves a {link} ({moves}); a station it has passed already is a duplicate."
    whole = f"The rows of a key become one {link}" if feed.lines else f"Becomes a {link}"
    said = "the sender is its master" if feed.is_master else "opened once"
    fixed = "".join(f", {name} {value}" for name, value in feed.constants.items())
    ends = f"; with {feed.ends[0]} it makes the move {feed.ends[1]}" if feed.ends else ""
    return f"{whole}{fixed}; {said}{ends}."


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")
