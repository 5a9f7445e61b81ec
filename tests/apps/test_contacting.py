"""A contact task in a line, by hand."""

from __future__ import annotations

from datetime import date

import pytest

from apps import contacting

pytestmark = pytest.mark.fast


def test_a_task_says_its_reason_day_and_way_and_is_overdue_from_the_day_after():
    task = {
        "outlet_id": "AE01",
        "data": {"rule_code": "FIRST_SERVICE", "due_date": "2026-06-01", "channel": "sms"},
    }
    assert contacting.headline(task, date(2026, 6, 1)) == "**First service** · 1 Jun 2026 · sms · AE01"
    late = contacting.headline(task, date(2026, 6, 3))
    assert late == "**First service** · 1 Jun 2026 **overdue by 2 days** · sms · AE01"
