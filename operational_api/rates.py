"""Rate limits: how many requests a caller may make a minute, told in every answer and refused beyond.

In: who calls. Out: the headers RateLimit-Limit, RateLimit-Remaining and RateLimit-Reset (seconds), or
TooMany. Counted by subject, and by address for whoever does not sign in. Each process counts for itself.
"""

from __future__ import annotations

import time
from collections.abc import Callable

from operational_api.refusals import TooMany

WINDOW_SECONDS = 60
Headers = list[tuple[bytes, bytes]]


class Rates:
    """Counts in fixed windows; what was counted is forgotten with its window. `limit` 0 counts nothing."""

    def __init__(self, limit: int, clock: Callable[[], float] = time.monotonic) -> None:
        self._limit, self._clock = limit, clock
        self._window = -1
        self._counts: dict[str, int] = {}

    def count(self, caller: str) -> Headers:
        """Headers for the answer. Raises TooMany once the window is used up."""
        if not self._limit:
            return []
        now = self._clock()
        window = int(now // WINDOW_SECONDS)
        if window != self._window:
            self._window, self._counts = window, {}
        used = self._counts[caller] = self._counts.get(caller, 0) + 1
        reset = max(1, int((window + 1) * WINDOW_SECONDS - now))
        if used > self._limit:
            refusal = TooMany(f"more than {self._limit:,} requests in a minute; go on in {reset} s")
            told = {"RateLimit-Limit": self._limit, "RateLimit-Remaining": 0, "RateLimit-Reset": reset}
            refusal.headers = {"retry-after": str(reset), **{n.lower(): str(v) for n, v in told.items()}}
            raise refusal
        return [
            (b"ratelimit-limit", b"%d" % self._limit),
            (b"ratelimit-remaining", b"%d" % (self._limit - used)),
            (b"ratelimit-reset", b"%d" % reset),
        ]
