"""The real clock, and one that can be stopped from another thread."""

from __future__ import annotations

import threading
import time
from datetime import UTC, datetime


class SystemClock:
    """Time as this machine has it. See `orchestrator.ports.Clock`."""

    def now(self) -> datetime:
        """The wall clock, in UTC."""
        return datetime.now(UTC)

    def monotonic(self) -> float:
        """Seconds that never go backwards."""
        return time.monotonic()

    def sleep(self, seconds: float) -> None:
        """Wait."""
        time.sleep(seconds)


class Stops:
    """How often the person said stop. Only the main thread is told by Ctrl-C itself."""

    def __init__(self) -> None:
        self._changed = threading.Condition()
        self._count = 0

    def stop(self) -> None:
        """Once more."""
        with self._changed:
            self._count += 1
            self._changed.notify_all()

    def wait_for(self, known: int, seconds: float) -> int:
        """How often it was said, as soon as that is more than ``known``, or after so long."""
        with self._changed:
            self._changed.wait_for(lambda: self._count > known, seconds)
            return self._count


class StoppableClock(SystemClock):
    """The clock of one thread: whoever sleeps by it is woken by a stop as by Ctrl-C."""

    def __init__(self, stops: Stops) -> None:
        self._stops = stops
        self._known = 0

    def sleep(self, seconds: float) -> None:
        """Wait; KeyboardInterrupt once for each stop, also for one that came before."""
        count = self._stops.wait_for(self._known, seconds)
        if count > self._known:
            self._known += 1
            raise KeyboardInterrupt
