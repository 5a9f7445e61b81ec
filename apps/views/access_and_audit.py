"""Access and audit: who may see what, who can sign in, and who changed which field when."""

from __future__ import annotations

from datetime import UTC, date, datetime, time
from typing import Any

import polars as pl
import streamlit as st

from apps import frame, session, words

READERS = "data engineers and administrators"
PAGE = 200


def body(_: dict[str, Any]) -> None:
    logins = session.api().get("/v1/logins")["logins"]
    rules = session.api().get("/v1/policy")["rules"]
    st.markdown(f"##### {_finding(logins, rules)}")
    audit, fields, people = st.tabs(["Audit", "Field rules", "Logins"])
    with audit:
        _audit()
    with fields:
        _rules(rules)
    with people:
        _logins(logins)


def _finding(logins: list[dict[str, Any]], rules: list[dict[str, Any]]) -> str:
    active = [login for login in logins if login["revoked_at"] is None]
    everywhere = sum(not login["outlets"] and not login["region_path"] for login in active)
    return (
        f"{words.plural(len(active), 'login')} can sign in, {everywhere} of them everywhere; "
        f"{words.plural(len(rules), 'rule')} decide who sees and writes which field."
    )


def _audit() -> None:
    """Filters stand in the address, so that a finding can be passed on as a link."""
    columns = st.columns([1, 1, 1, 1, 1])
    asked = []
    for column, name in zip(columns, ("document", "key", "actor", "field"), strict=False):
        with column:
            value = st.text_input(words.label(name), key=f"audit_{name}", bind="query-params")
        if value:
            asked.append((name, value.strip()))
    with columns[4]:
        since = st.date_input("Since", value=None, key="audit_since")
    if isinstance(since, date):
        begin = datetime.combine(since, time.min, UTC).isoformat().replace("+00:00", "Z")
        asked.append(("recorded_from", begin))
    changes = session.api().get("/v1/audit", [("limit", str(PAGE)), *asked])
    rows = [row for change in changes["items"] for row in _flat(change)]
    if not rows:
        frame.empty("No change fits.", "Take a filter away, or a later day.")
        return
    more = " The newest are shown; narrow the filters to see others." if changes["next"] else ""
    st.markdown(f"**{words.plural(len(changes['items']), 'change')} of documents you may read.**{more}")
    frame.table(
        pl.DataFrame(rows, infer_schema_length=None),
        height=520 if len(rows) > 13 else "content",
        column_config={
            "Old": st.column_config.TextColumn(width="medium"),
            "New": st.column_config.TextColumn(width="medium"),
        },
        alt="Changes, newest first: when, who, which document and field, old and new value",
    )
    st.caption("`dms audit verify` proves that nobody rewrote them: it compares each sealed row.")


def _flat(change: dict[str, Any]) -> list[dict[str, str | None]]:
    """A row a field; of a personal one only that it changed; a move that changed none is one row too."""
    head = {
        "When": _instant(change["recorded_at"]),
        "Who": change["actor"],
        "Document": change["document"],
        "Key": change["key"],
        "Version": str(change["version"]),
        "Action": change["action"],
        "Outlet": change["outlet_id"],
    }
    told: list[tuple[str | None, object, object]] = [
        *((c["field"], c["old"], c["new"]) for c in change["changes"]),
        *((name, "(personal)", "(personal)") for name in change["personal_changed"]),
    ]
    return [
        {**head, "Field": field, "Old": _text(old), "New": _text(new)}
        for field, old, new in told or [(None, None, None)]
    ]


def _instant(text: str | None) -> str | None:
    return None if text is None else words.instant(datetime.fromisoformat(text))


def _text(value: object) -> str | None:
    return None if value is None else str(value)


def _rules(rules: list[dict[str, Any]]) -> None:
    st.caption(
        "The last rule that fits decides; of several grants the widest counts. Without a rule, a field is "
        "written by whoever may write its document."
    )
    frame.table(
        pl.DataFrame(
            {
                "Where": ", ".join(rule["places"]),
                "Fields": ", ".join(rule["fields"]),
                "Who": ", ".join(words.label(grant) for grant in rule["grants"]),
                "Access": rule["access"],
                "In state": ", ".join(rule["states"]) or "any",
                "Why": rule["why"],
            }
            for rule in rules
        ),
        height="content",
        column_config={"Why": st.column_config.TextColumn(width="large")},
        alt="Field rules in their order",
    )


def _logins(logins: list[dict[str, Any]]) -> None:
    if not logins:
        frame.empty("Nobody can sign in.", "Add people with: dms account add.")
        return
    frame.table(
        pl.DataFrame(
            {
                "Login": login["subject"],
                "Kind": login["kind"],
                "Role": words.ROLES.get(login["role"], login["role"]),
                "Grants": ", ".join(login["grants"]),
                "Reaches": ", ".join(login["outlets"] or ()) or login["region_path"] or "everything",
                "Since": _instant(login["created_at"]),
                "Revoked": words.instant(datetime.fromisoformat(login["revoked_at"]))
                if login["revoked_at"]
                else None,
            }
            for login in logins
        ),
        height=520 if len(logins) > 13 else "content",
        alt="Who can sign in, as what and where",
    )


with frame.page(
    "Access and audit",
    "Who may see what, who can sign in, and who changed which field when?",
    readers=READERS,
) as published:
    body(published)
