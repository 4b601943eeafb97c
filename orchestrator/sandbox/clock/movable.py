"""A clock whose time of day is another one than the machine's, and can be moved on."""

from __future__ import annotations

import threading
from datetime import datetime, timedelta

from orchestrator.ports import Clock


class MovableClock:
    """The other clock's time of day, and so much more or less. See `orchestrator.ports.Clock`.

    What is counted in seconds, such as a time-out, passes as on the other.
    """

    def __init__(self, clock: Clock, offset: timedelta = timedelta(0)) -> None:
        self._clock = clock
        self._offset = offset
        self._lock = threading.Lock()

    def now(self) -> datetime:
        """The wall clock that SSM goes by, in UTC."""
        with self._lock:
            return self._clock.now() + self._offset

    def monotonic(self) -> float:
        """Seconds that never go backwards."""
        return self._clock.monotonic()

    def sleep(self, seconds: float) -> None:
        """Wait."""
        self._clock.sleep(seconds)

    def move_to(self, moment: datetime) -> None:
        """Let it be that late, unless it is later already: it never goes back."""
        with self._lock:
            self._offset = max(self._offset, moment - self._clock.now())
