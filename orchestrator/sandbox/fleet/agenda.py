"""What is to be done when: one heap, by a clock that is given."""

from __future__ import annotations

import heapq
from collections.abc import Callable
from itertools import count

from orchestrator.ports import Clock


class Agenda:
    """Deeds by the time at which they are due; of one time the earlier entry comes first."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._heap: list[tuple[float, int, Callable[[], None]]] = []
        self._numbers = count()

    def at(self, due: float, do: Callable[[], None]) -> None:
        """Do it at that time, as the clock counts seconds."""
        heapq.heappush(self._heap, (due, next(self._numbers), do))

    def after(self, seconds: float, do: Callable[[], None]) -> None:
        """Do it in so many seconds."""
        self.at(self._clock.monotonic() + seconds, do)

    def run_due(self) -> float | None:
        """Do all that is due; the seconds until the next is, None where there is none."""
        while self._heap and self._heap[0][0] <= self._clock.monotonic():
            heapq.heappop(self._heap)[2]()
        return max(0.0, self._heap[0][0] - self._clock.monotonic()) if self._heap else None
