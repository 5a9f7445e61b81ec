"""Sales contacts: consultants call their prospects again and again until they buy or give up.

In: leads with their keys. Out: contact tasks of the last weeks with what came of them; every consultant has
a discipline of his own, and what lies behind the cut is still to be done.
"""

from __future__ import annotations

import hashlib

import numpy as np
import polars as pl

from pipelines.demo.clock import Ints
from pipelines.demo.events import Books
from pipelines.demo.funnel import LOST, RESTING, WON
from pipelines.demo.scene import NEVER, Scene, optional

_WEEKS = 16  # of history that is written down
_EVERY, _MOST = 7, 8  # days between contacts of a lead; contacts of one lead
_PUNCTUAL = (0.66, 0.98)  # of a consultant's contacts: on their day
_MISSED, _SKIPPED = 0.04, 0.03
RESULTS = ("reached", "appointment", "no_answer", "call_back")
_SHARES = (0.46, 0.16, 0.26, 0.12)


def write_contacts(
    books: Books,
    scene: Scene,
    rng: np.random.Generator,
    leads: pl.DataFrame,
    keys: np.ndarray,
    customer: np.ndarray,
) -> None:
    """leads: as `draw_leads` gives them; keys, customer: of the same rows, empty where nobody was noted."""
    lead, due = _due_days(scene, leads)
    outlet, draw = leads["outlet"].to_numpy()[lead], leads["draw"].to_numpy()[lead]
    staff = scene.people("consultant", outlet, draw)
    people, who = np.unique(staff, return_inverse=True)
    punctual = rng.random(len(lead)) < rng.uniform(*_PUNCTUAL, len(people))[who]
    fate = rng.random(len(lead))
    done_day = due + np.where(punctual, 0, rng.integers(1, 6, len(lead)))
    done_day = np.where(fate < _MISSED, NEVER, done_day)
    head = pl.DataFrame(
        {
            "key": [_task_key(keys[n], d) for n, d in zip(lead.tolist(), due.tolist(), strict=True)],
            "outlet_id": scene.codes[outlet],
            "by": staff,
        }
    )
    book = books["contact_task"]
    book.open(
        head.with_columns(
            at=scene.at(due - _EVERY, 32_400),
            rule_code=pl.lit("PERIODIC"),
            lead_id=pl.Series(keys[lead]),
            customer_id=optional(customer[lead]),
            staff_id=pl.Series(staff),
            cause=pl.lit("lead"),
            cause_key=pl.Series(keys[lead]),
            due_date=scene.dates(due),
            remind_date=scene.dates(due),
            channel=pl.Series(rng.choice(["phone", "messenger", "visit"], len(lead), p=[0.7, 0.22, 0.08])),
        )
    )
    at = scene.at(np.minimum(done_day, scene.clock.last_day + 30), 34_000 + draw * 20)
    ended = head.with_columns(at=at, result=pl.Series(rng.choice(RESULTS, len(lead), p=_SHARES)))
    is_skipped = (fate >= _MISSED) & (fate < _MISSED + _SKIPPED)
    book.move("complete", ended.filter(fate >= _MISSED + _SKIPPED), step=1)
    skipped = ended.drop("result").with_columns(skip_reason=pl.lit("asked not to be called again"))
    book.move("skip", skipped.filter(is_skipped), step=1)


def _due_days(scene: Scene, leads: pl.DataFrame) -> tuple[Ints, Ints]:
    """Rows of `leads` and days of their contacts: weekly from the first week on, until the lead ends."""
    day, end, fate = (leads[c].to_numpy() for c in ("day", "end_day", "fate"))
    nth = np.arange(1, _MOST + 1)
    due = day[:, None] + nth[None, :] * _EVERY + (leads["draw"].to_numpy() % 3)[:, None]
    first, last = scene.clock.cut_day - 7 * _WEEKS, scene.clock.cut_day + _EVERY
    real = np.isin(fate, [WON, LOST, RESTING])[:, None]
    row, column = np.nonzero(real & (due < end[:, None]) & (due >= first) & (due < last))
    return row, due[row, column]


def _task_key(lead: str, day: int) -> str:
    return "CT-" + hashlib.md5(f"PERIODIC|{lead}|{day}".encode(), usedforsecurity=False).hexdigest()
