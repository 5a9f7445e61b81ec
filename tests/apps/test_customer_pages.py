"""A steward decides who is who; staff see one customer, and what came of a contact is written down."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress

import pytest

from apps.api_client import Api, ApiProblem
from tests.apps.opened import texts

pytestmark = pytest.mark.db


def test_a_steward_sees_both_records_and_their_evidence_and_decides_with_a_reason(page, served, password):
    app = page("quin", "steward")
    api = Api(served.url)
    api = Api(served.url, api.sign_in("quin", password))
    said = {"record_l": "C3", "record_r": "C4", "decision": "must_link", "reason": "same phone at the door"}
    api.open("identity_decisions", {"data": {**said, "decided_at": "2026-06-30T09:00:00Z"}})
    assert "1 pair to judge" in texts(app)
    again = page("quin", "steward")
    assert "0 pairs to judge" in texts(again)
    assert "same phone at the door" in texts(again)
    undo = next(b for b in again.button if b.label == "Undo")
    undone = undo.click().run()
    assert "gives every record back" in texts(undone)
    assert "1 pair to judge" in texts(undone)


def test_a_customer_page_says_what_stands_against_contact_what_happened_and_what_he_is_worth(page):
    app = page("quin", "customer_360", q="C1")
    assert not app.exception
    said = texts(app)
    assert "Amina Said" in said
    assert "Do not contact:** asked not to be contacted by phone" in said
    assert "Grade AA by rule GR-AA (points: 12)" in said
    assert {m.label: m.value for m in app.metric}["Paid"] == "AED 90.5k"


def test_a_customer_of_nobody_here_is_nobody(page):
    assert "Nobody is called C99 here" in texts(page("quin", "customer_360", q="C99"))


@pytest.fixture
def to_call(served, password: str) -> Iterator[tuple[Api, str]]:
    """One open task about Amina at AE01, overdue, by a rule that knows two results; and who may settle it."""
    planner = Api(served.url, Api(served.url).sign_in("paula", password))
    outcomes = [{"result": "thinking", "next_days": 5}, {"result": "bought"}]
    rule = {"effective_from_date": "2026-01-01", "rule_code": "POST_SALE", "channel": "phone"}
    written = planner.open("contact_rules", {"data": {**rule, "outcomes": outcomes}})
    consultant = Api(served.url, Api(served.url).sign_in("cara", password))
    record = {"customer_type": "person", "given_name": "Amina", "source": "desk"}
    with suppress(ApiProblem):  # an earlier test wrote her down
        consultant.open("customer_records", {"key": "C1", "outlet_id": "AE01", "data": record})
    due = {"rule_code": "POST_SALE", "contact_rule_id": written["key"], "customer_id": "C1"}
    task = consultant.open("contact_tasks", {"outlet_id": "AE01", "data": {**due, "due_date": "2026-06-01"}})
    yield consultant, task["key"]
    for left in consultant.documents("contact_tasks", [("customer_id", "C1"), ("state", "open")]):
        why = {"skip_reason": "test over"}
        consultant.move("contact_tasks", left["key"], "skip", version=left["version"], data=why)


def test_what_came_of_a_contact_is_written_on_the_customers_page_and_leads_to_the_next(page, to_call):
    api, key = to_call
    app = page("cara", "customer_360", q="C1")
    assert "**Post sale** · 1 Jun 2026 **overdue by" in texts(app)
    assert app.selectbox(key=f"result_{key}").options == ["thinking", "bought"]
    app.button(key=f"done_{key}").click().run()
    assert "Choose what came of it." in texts(app)
    app.selectbox(key=f"result_{key}").select("thinking").run()
    app.text_input(key=f"note_{key}").input("Wants the red one").run()
    app.button(key=f"done_{key}").click().run()
    assert "Done." in texts(app)
    done = api.get(f"/v1/contact_tasks/{key}")
    assert (done["state"], done["data"]["result"], done["data"]["note"]) == (
        "done",
        "thinking",
        "Wants the red one",
    )
    (following,) = api.documents("contact_tasks", [("customer_id", "C1"), ("state", "open")])
    assert following["data"]["previous_task_id"] == key
    assert app.button(key=f"skip_{following['key']}")  # the next contact stands there at once


def test_a_contact_is_skipped_with_its_reason_only(page, to_call):
    api, key = to_call
    app = page("cara", "customer_360", q="C1")
    app.button(key=f"skip_{key}").click().run()
    assert "Say why it is not done." in texts(app)
    app.text_input(key=f"note_{key}").input("Moved abroad").run()
    app.button(key=f"skip_{key}").click().run()
    assert "No contact is due." in texts(app)
    skipped = api.get(f"/v1/contact_tasks/{key}")
    assert (skipped["state"], skipped["data"]["skip_reason"]) == ("skipped", "Moved abroad")


def test_a_contact_that_was_changed_meanwhile_is_not_settled_unseen(page, to_call, served, password: str):
    api, key = to_call
    above = Api(served.url, Api(served.url).sign_in("root", password))
    app = page("cara", "customer_360", q="C1")
    app.text_input(key=f"note_{key}").input("Moved abroad").run()
    above.move("contact_tasks", key, "escalate", version=1, data={"escalated_to": "dealer_manager"})
    app.button(key=f"skip_{key}").click().run()
    assert app.error
    assert api.get(f"/v1/contact_tasks/{key}")["state"] == "open"
    app.button(key=f"skip_{key}").click().run()  # drawn anew since, so it is settled now
    assert api.get(f"/v1/contact_tasks/{key}")["state"] == "skipped"


def test_whoever_only_reads_contacts_settles_none_and_whoever_has_none_sees_none(page, to_call):
    _, key = to_call
    quality = page("quin", "customer_360", q="C1")
    assert "**Post sale** · 1 Jun 2026" in texts(quality)
    assert not [b for b in quality.button if b.key == f"done_{key}"]
    parts = page("omar", "customer_360", q="C1")
    assert "Amina Said" in texts(parts)
    assert "To do" not in [heading.value for heading in parts.subheader]


def test_a_way_without_permission_cannot_be_pressed_and_says_why(page, to_call):
    app = page("cara", "customer_360", q="C1")
    said = texts(app)
    assert "no phone on file" in said or "nobody asked" in said
    assert "**Next: Make the contact: post sale**" in said
    assert "Follow up lead L1 (BOREAL)" in said
    permissions = next(t.value for t in app.table if "Safety recall" in t.value.columns)
    assert set(permissions["Safety recall"]) == {"legal duty"}


def test_a_task_is_added_where_the_customer_is_looked_at(page, to_call):
    api, _ = to_call
    app = page("cara", "customer_360", q="C1")
    next(b for b in app.button if b.label == "Add").click().run()
    assert "Added for " in texts(app)
    added = api.documents("contact_tasks", [("customer_id", "C1"), ("state", "open")])
    assert {t["data"]["rule_code"] for t in added} == {"POST_SALE", "OTHER"}


def test_who_was_erased_has_a_stone_with_the_day_and_no_name(page, served, password: str):
    consultant = Api(served.url, Api(served.url).sign_in("cara", password))
    record = {"customer_type": "person", "given_name": "Zora", "family_name": "Quell", "source": "desk"}
    made = consultant.open("customer_records", {"outlet_id": "AE01", "data": record})
    assert "was written down after the last run" in texts(page("cara", "customer_360", q=made["key"]))
    manager = Api(served.url, Api(served.url).sign_in("mona", password))
    manager.move("customer_records", made["key"], "erase", version=1)
    said = texts(page("cara", "customer_360", q=made["key"]))
    assert "**Erased on request**" in said
    assert "mona" in said
    assert "Quell" not in said


def test_the_manager_hands_out_everything_held_and_a_consultant_is_not_offered_it(page):
    def offered(user: str) -> bool:
        app = page(user, "customer_360", q="C1")
        return "The customer's own requests" in [heading.value for heading in app.subheader]

    assert offered("mona")
    assert not offered("cara")


def test_a_dealer_asks_the_steward_decides_and_the_dealer_is_answered(page, served, password: str):
    app = page("cara", "customer_360", q="C1")
    next(box for box in app.text_input if box.label == "Other record").input("C3")
    next(box for box in app.text_input if box.label == "What it rests on").input(
        "Same passport at the counter"
    )
    next(b for b in app.button if b.label == "Ask").click().run()
    assert "Asked. The steward's answer comes" in texts(app)
    steward = page("quin", "steward")
    assert "**C1** and **C3** are one customer, says cara (AE01): Same passport at the counter" in texts(
        steward
    )
    next(b for b in steward.button if b.label == "Two customers" and b.key != "cannot").click().run()
    consultant = Api(served.url, Api(served.url).sign_in("cara", password))
    (answered,) = [f for f in consultant.documents("feedback") if f["data"]["topic"] == "same_customer"]
    assert (answered["state"], answered["data"]["answer"]) == (
        "answered", "Decided: two customers. It counts from the next run.",
    )  # fmt: skip
    quality = Api(served.url, Api(served.url).sign_in("quin", password))
    (decision,) = quality.documents("identity_decisions", [("state", "in_force")])
    assert (decision["data"]["record_l"], decision["data"]["decision"]) == ("C1", "cannot_link")
    assert decision["data"]["reason"] == "AE01 asked: Same passport at the counter"
    quality.move("identity_decisions", decision["key"], "withdraw", version=decision["version"])
