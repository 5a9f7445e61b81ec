"""A dealer's request to the steward, as it is written and read again."""

from __future__ import annotations

import pytest

from apps.merge_requests import TOPICS, read, subject

pytestmark = pytest.mark.fast


@pytest.mark.parametrize("topic", TOPICS)
def test_a_request_is_read_as_it_was_written_whatever_the_order(topic: str):
    data = {"subject": subject("C2", "C1", topic), "topic": topic, "body": "why"}
    document = {"data": data, "outlet_id": "A", "created_by": "cara", "key": "F1", "version": 1}
    found = read(document)
    assert found is not None
    assert (found.left, found.right, found.topic) == ("C1", "C2", topic)


def test_other_feedback_is_no_request():
    document = {"data": {"subject": "C1 = C2", "topic": "prices", "body": ""}, "outlet_id": "A",
                "created_by": "x", "key": "F", "version": 1}  # fmt: skip
    assert read(document) is None
    assert read({**document, "data": {"subject": "broken", "topic": "same_customer", "body": ""}}) is None
