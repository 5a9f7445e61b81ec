"""Bodies: what is taken, what is refused, and that every error is listed with field, rule and remedy."""

from __future__ import annotations

import json
from typing import Any

import msgspec
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from operational_api import payload, payload_errors
from operational_api.document import Document, Kind
from operational_api.documents import BY_NAME, DOCUMENTS

pytestmark = pytest.mark.fast
DEMAND = BY_NAME["part_demand"]
GOOD = {"part_id": "P1", "quantity": 3, "demanded_at": "2026-01-01T00:00:00Z", "channel": "counter"}


def is_taken(document: Document, body: bytes) -> bool:
    """As the write path decides."""
    try:
        opening = payload.opening_decoder(document).decode(body)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
        return False
    return payload.is_sound(document, opening.data) and not payload.key_fault(document, opening.key)


def opening(**changes: Any) -> bytes:
    return json.dumps({"data": {**GOOD, **changes}}).encode()


def refused(name: str, field: str, value: str) -> list[str]:
    """Fields that the errors name when one field of an otherwise sound document holds `value`."""
    document = BY_NAME[name]
    body = f'{{"data":{{"{field}":{value}}}}}'.encode()
    assert not is_taken(document, body)
    return [e.field for e in payload_errors.opening_errors(document, body)]


def test_a_good_body_is_taken_and_has_no_errors():
    assert is_taken(DEMAND, opening())
    assert payload_errors.opening_errors(DEMAND, opening()) == []


@pytest.mark.parametrize(
    ("name", "field", "value"),
    [
        ("part_demand", "quantity", "0"),
        ("part_demand", "quantity", "1.0"),
        ("part_demand", "quantity", '"1"'),
        ("part_demand", "quantity", "true"),
        ("part_demand", "quantity", str(2**70)),
        ("part_demand", "part_id", '"a b"'),
        ("part_demand", "part_id", '"a\\u0000"'),
        ("part_demand", "part_id", '"a\\n"'),
        ("part_demand", "part_id", '""'),
        ("part_demand", "channel", '"fax"'),
        ("part_demand", "demanded_at", '"2026-01-01T00:00:00"'),
        ("part_demand", "demanded_at", '"0001-01-01T00:00:00Z"'),
        ("part_demand", "vin", '"1M8GDM9A1KP042788"'),
        ("customer_record", "given_name", '"a\\u0000b"'),
        ("customer_record", "given_name", '""'),
        ("customer_record", "given_name", json.dumps("x" * 201)),
        ("customer_record", "country", '"XX"'),
        ("customer_record", "phone", '"none"'),
        ("customer_record", "email", '"a b"'),
        ("product", "currency", '"XXX"'),
        ("product", "launch_date", '"2026-02-30"'),
        ("sales_target", "target_month", '"2026-01-02"'),
        ("forecast_override", "value", '"NaN"'),
        ("forecast_override", "value", '"Infinity"'),
        ("forecast_override", "value", "1e400"),
        ("forecast_override", "value", "1.0000001"),
        ("forecast_override", "value", "1000001"),
    ],
)
def test_a_value_that_breaks_its_rule_is_refused_and_its_field_named(name: str, field: str, value: str):
    assert field in refused(name, field, value)


@pytest.mark.parametrize(
    "body",
    [
        b'{"data":{"value":NaN}}',
        b'{"data":{"value":-Infinity}}',
        b"",
        b"{",
        b"[]",
        b"null",
        b'"x"',
        b"\xff",
        b'{"data":' + b"[" * 100_000,
        b'{"data":{"part_id":"\\ud800"}}',
        b'{"data":{"part_id":"\xed\xa0\x80"}}',
    ],
)
def test_a_body_that_cannot_be_read_is_refused_with_one_error_at_least(body: bytes):
    assert not is_taken(DEMAND, body)
    assert payload_errors.opening_errors(DEMAND, body)


def test_all_errors_are_listed_not_only_the_first():
    errors = payload_errors.opening_errors(DEMAND, opening(quantity=0, channel="fax", colour="red"))
    assert [e.field for e in errors] == ["quantity", "channel", "colour"]


def test_errors_in_lines_name_the_line():
    order = {"lines": [{"line_no": 1, "part_id": "P", "quantity": 1, "unit_price_minor": 1}, {"line_no": 0}]}
    errors = payload_errors.opening_errors(BY_NAME["parts_order"], json.dumps({"data": order}).encode())
    named = {e.field for e in errors}
    assert {"lines[1].line_no", "lines[1].part_id"} <= named
    assert not any(field.startswith("lines[0]") for field in named)


def test_a_misspelt_field_gets_the_right_one_suggested():
    errors = payload_errors.opening_errors(DEMAND, opening(quantty=1))
    assert errors[-1].remedy == "did you mean quantity?"


def test_parts_that_exceed_the_whole_break_the_row_rule():
    body = opening(filled_quantity=2, lost_quantity=2)
    assert not is_taken(DEMAND, body)
    assert "at most quantity" in payload_errors.opening_errors(DEMAND, body)[0].rule
    assert is_taken(DEMAND, opening(filled_quantity=2, lost_quantity=1))


def test_a_later_day_before_an_earlier_one_breaks_the_row_rule():
    vehicle = BY_NAME["vehicle"]
    data = {"product_id": "X", "production_date": "2026-02-01", "registration_date": "2026-01-31"}
    body = json.dumps({"key": "11111111111111111", "data": data}).encode()
    assert not is_taken(vehicle, body)
    assert payload_errors.opening_errors(vehicle, body)[0].field == "registration_date"


def test_the_value_of_a_personal_field_is_never_repeated_in_an_error():
    body = json.dumps(
        {"data": {"national_id": "S" * 41, "customer_type": "person", "source": "web"}}
    ).encode()
    errors = payload_errors.opening_errors(BY_NAME["customer_record"], body)
    assert [e.field for e in errors] == ["national_id"]
    assert "SSS" not in errors[0].remedy + errors[0].rule


def test_a_required_field_cannot_be_emptied_by_an_amend():
    body = b'{"data":{"quantity":null}}'
    with pytest.raises(msgspec.ValidationError):
        payload.change_decoder(DEMAND, "amend").decode(body)
    assert [e.field for e in payload_errors.change_errors(DEMAND, "amend", body)] == ["quantity"]


def test_a_move_takes_only_its_own_fields():
    body = b'{"data":{"filled_quantity":1,"quantity":9}}'
    assert [e.field for e in payload_errors.change_errors(DEMAND, "fill", body)] == ["quantity"]


def test_an_unknown_action_names_those_there_are():
    errors = payload_errors.line_errors(DEMAND, b'{"action":"fil","key":"K"}')
    assert (errors[0].field, errors[0].remedy) == ("action", "did you mean fill?")


_SCALARS = (
    st.none()
    | st.booleans()
    | st.integers(-(2**70), 2**70)
    | st.floats()
    | st.text(max_size=30)
    | st.sampled_from(
        ["2026-01-01", "2026-01-01T00:00:00Z", "counter", "NaN", "\ud800", "\x00", VIN := "1" * 17]
    )
)
_VALUES = st.recursive(
    _SCALARS, lambda v: st.lists(v, max_size=3) | st.dictionaries(st.text(max_size=5), v, max_size=3)
)


@given(document=st.sampled_from(DOCUMENTS), data=st.data())
@settings(max_examples=300, deadline=None, suppress_health_check=[HealthCheck.too_slow])
def test_fast_and_slow_reading_agree_on_what_is_refused(document: Document, data: st.DataObject):
    """What the fast path refuses has an error to show; what it takes has none."""
    names = [f.name for f in document.fields]
    fields = data.draw(st.dictionaries(st.sampled_from([*names, "colour"]), _VALUES, max_size=8))
    good = {f.name: _good(f) for f in document.fields if f.required} if data.draw(st.booleans()) else {}
    body = json.dumps({"data": {**good, **fields}}).encode()
    assert is_taken(document, body) == (payload_errors.opening_errors(document, body) == [])


def _good(field: Any) -> Any:
    texts = {
        Kind.INSTANT: "2026-01-01T00:00:00Z",
        Kind.DATE: "2026-01-01",
        Kind.MONTH: "2026-01-01",
        Kind.VIN: VIN,
        Kind.BOOLEAN: True,
        Kind.LINES: [],
        Kind.COUNTRY: "AE",
        Kind.CURRENCY: "AED",
    }
    if field.kind in {Kind.INTEGER, Kind.MONEY, Kind.DECIMAL}:
        return max(1, field.minimum or 1)
    return texts.get(field.kind, field.choices[0] if field.choices else "x1")
