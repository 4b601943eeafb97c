"""A clock on which time-outs pass sooner: SSM takes no shorter ones than half a minute."""

from __future__ import annotations

from datetime import datetime

from orchestrator.ports import Clock


class HurriedClock:
    """``times`` seconds pass on it in one of the other's. See `orchestrator.ports.Clock`.

    The time of day is the other's: what is dated by it can be held beside what is dated elsewhere.
    """

    def __init__(self, clock: Clock, times: float) -> None:
        self._clock = clock
        self._times = times
        self._begun = clock.monotonic()

    def now(self) -> datetime:
        """The wall clock, in UTC."""
        return self._clock.now()

    def monotonic(self) -> float:
        """Seconds that never go backwards."""
        return (self._clock.monotonic() - self._begun) * self._times

    def sleep(self, seconds: float) -> None:
        """Wait."""
        self._clock.sleep(seconds / self._times)
