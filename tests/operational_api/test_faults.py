"""Processes are killed while dealers write: what was acknowledged is there, once, and nothing is torn."""

from __future__ import annotations

import pytest

from benchmarks.faults import run

pytestmark = [pytest.mark.flow, pytest.mark.timeout(300)]


def test_no_acknowledged_write_is_lost_or_doubled_when_processes_are_killed():
    outcome = run(kills=6, acknowledged=180)
    assert (outcome.lost, outcome.doubled, outcome.torn) == (0, 0, 0)
    assert outcome.acknowledged >= 180
    assert dict(outcome.kills) == {"api": 2, "backend": 2, "postmaster": 2}


def test_a_writer_that_takes_a_new_key_for_each_repeat_doubles_writes():
    """The control: without it, the test above might look where nothing can be found."""
    assert run(kills=30, acknowledged=0, keeps_key=False).doubled > 0


def test_a_database_that_acknowledges_before_it_is_durable_loses_writes():
    assert run(kills=30, acknowledged=0, is_durable=False, victims=("postmaster",)).lost > 0
