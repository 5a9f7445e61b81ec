"""Forms read off a declaration: labels, and each error at the input it speaks of."""

from __future__ import annotations

import pytest

from operational_api.desk import forms
from operational_api.document import Field, Kind

pytestmark = pytest.mark.fast
LINES = Field(
    name="lines",
    kind=Kind.LINES,
    meaning="Lines.",
    lines=(
        Field(name="part_id", kind=Kind.CODE, meaning="Part."),
        Field(name="quantity", kind=Kind.INTEGER, meaning="Units."),
    ),
)
CURRENCY = Field(name="currency", kind=Kind.CURRENCY, meaning="Currency.")


def error(field: str) -> dict[str, str]:
    return {"field": field, "rule": "wrong", "remedy": "correct it"}


def test_an_error_stands_at_its_input_and_nowhere_else():
    currency, lines = forms.inputs([CURRENCY, LINES], {"currency": "XXQ"}, [error("currency")])
    assert currency.error == "wrong. correct it"
    assert not lines.is_touched


def test_an_error_of_a_sent_line_stands_at_the_line_as_it_was_typed():
    # The first line was left blank, so what was sent as lines[0] stands in the second row of the form.
    given = {"lines.1.part_id": "P1", "lines.1.quantity": "0", "lines.2.part_id": "P2"}
    (lines,) = forms.inputs([LINES], given, [error("lines[0].quantity"), error("lines[1].part_id")])
    wrong = [part.name for row in lines.lines for part in row if part.error]
    assert wrong == ["lines.1.quantity", "lines.2.part_id"]


def test_a_group_with_something_typed_or_wrong_in_it_is_touched():
    (lines,) = forms.inputs([LINES], {"lines.2.part_id": "P2"})
    assert lines.is_touched
    assert not forms.inputs([LINES], {})[0].is_touched


@pytest.mark.parametrize(
    ("name", "label"),
    [("price_minor", "price"), ("customer_id", "customer"), ("old_vin", "old VIN"), ("ready_at", "ready at")],
)
def test_a_label_leaves_out_how_a_value_is_stored(name, label):
    assert forms.label(Field(name=name, kind=Kind.TEXT, meaning="It.")) == label


def test_what_may_have_been_meant_is_offered_and_the_typed_text_stays():
    vin = Field(name="vin", kind=Kind.VIN, meaning="Car.")
    said = {**error("vin"), "suggestions": ["1M8GDM9AXKP042788"]}
    (typed,) = forms.inputs([vin], {"vin": "1M8GDM9AXKPO42788"}, [said])
    assert (typed.value, typed.suggestions) == ("1M8GDM9AXKPO42788", ("1M8GDM9AXKP042788",))
