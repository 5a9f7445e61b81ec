"""What a form of suggestions becomes: lines with errors, orders and decisions with repeatable keys."""

from __future__ import annotations

from typing import Any

import pytest

from operational_api.desk import basket

pytestmark = pytest.mark.fast
KEY = "0" * 32
AT = "2026-03-10T08:00:00+00:00"


def row(part: str = "oil", **known: Any) -> dict[str, Any]:
    return {
        "suggestion_id": f"s-{part}",
        "part_id": part,
        "quantity": 12,
        "pack_size": 4,
        "verdict": "suggested",
        "unit_price_minor": 250,
        "currency": "AED",
        "supplier_outlet_code": "WH1",
        **known,
    }


def line(form: dict[str, str], **known: Any) -> basket.Line:
    return basket.answered(row(**known), {f"{k}.s-{known.get('part', 'oil')}": v for k, v in form.items()})


@pytest.mark.parametrize(
    ("form", "decision", "error"),
    [
        ({"q": "12"}, "accept", None),
        ({"q": "8"}, "edit", None),
        ({"q": "10"}, None, "Order whole packs."),
        ({"q": "x"}, None, "Give a whole number."),
        ({"q": "-4"}, None, "Give a whole number."),
        ({"q": "١٢"}, None, "Give a whole number."),
        ({"q": "0"}, None, "Say why you decline."),
        ({"q": "0", "r": "no_space"}, "decline", None),
        ({"q": "12", "d": "on", "r": "too_much"}, "decline", None),
        ({"q": "12", "d": "on"}, None, "Say why you decline."),
        ({"q": "12", "r": "because"}, None, "Choose a reason from the list."),
    ],
)
def test_an_answer_is_accept_edit_or_decline_with_a_reason_or_says_what_is_wrong(form, decision, error):
    got = line(form)
    assert got.error == error
    if error is None:
        assert got.decision == decision


@pytest.mark.parametrize(
    ("known", "error"),
    [
        ({"verdict": "price_missing", "unit_price_minor": None}, "Price missing: this line is blocked."),
        ({"verdict": "superseded"}, "This part cannot be ordered."),
        ({"supplier_outlet_code": None}, "No supplier is known for this part."),
    ],
)
def test_a_blocked_line_is_not_ordered_even_when_the_form_says_so(known, error):
    got = line({"q": "12"}, **known)
    assert (got.error, got.is_ordered) == (error, False)


def test_the_order_holds_ordered_lines_at_the_published_price_and_their_sum():
    lines = [line({"q": "8", "r": "too_much"}), line({"q": "0", "r": "no_space"}, part="cap")]
    ((key, body),) = basket.orders(lines, outlet="AE01", form_key=KEY, run_id="r1", at=AT).items()
    assert key == body["key"]
    assert body["state"] == "submitted"
    assert body["data"]["total_minor"] == 8 * 250
    assert body["data"]["lines"] == [
        {
            "line_no": 1,
            "part_id": "oil",
            "quantity": 8,
            "unit_price_minor": 250,
            "suggestion_id": "s-oil",
            "edit_reason": "too_much",
        }
    ]


def test_the_same_form_names_the_same_documents_and_another_form_others():
    def keys(form_key: str) -> list[str]:
        lines = [line({"q": "12"})]
        told = basket.decisions(lines, outlet="AE01", form_key=form_key, run_id="r1", at=AT)
        return [*basket.orders(lines, outlet="AE01", form_key=form_key, run_id="r1", at=AT), told[0]["key"]]

    assert keys(KEY) == keys(KEY)
    assert not set(keys(KEY)) & set(keys("1" * 32))


def test_two_suppliers_are_two_orders():
    lines = [line({"q": "12"}), basket.answered(row("cap", supplier_outlet_code="WH2"), {"q.s-cap": "4"})]
    bodies = basket.orders(lines, outlet="AE01", form_key=KEY, run_id="r1", at=AT)
    assert sorted(b["data"]["supplier_outlet_code"] for b in bodies.values()) == ["WH1", "WH2"]


def test_an_added_part_counts_as_a_change_of_a_suggestion_of_nothing():
    added = basket.answered(row(quantity=0, verdict="enough_stock"), {"q.s-oil": "4"}, added=True)
    (told,) = basket.decisions([added], outlet="AE01", form_key=KEY, run_id="r1", at=AT)
    assert (told["data"]["decision"], told["data"]["suggested_quantity"]) == ("edit", 0)
    assert told["data"]["decided_quantity"] == 4
