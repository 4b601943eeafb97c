"""What makes the runs of all places come due: as time passes, and when it is moved on."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import suppress
from datetime import datetime, timedelta
from typing import Any

from orchestrator.sandbox.clock.movable import MovableClock
from orchestrator.sandbox.statemanager.manager import StateManager
from orchestrator.sandbox.statemanager.records import Execution

_LONGEST_PAUSE = 1.0
_LONGEST_END = 5.0
_LOOK = 0.1
_UNHEARD = 20.0
"""Seconds without any news after which hosts that took nothing are waited for no longer."""
_UNENDED = 600.0
"""The same where some host took a command and has not ended it."""

Step = Mapping[str, Any]
"""A run that was carried out on the way, or at last how many there were."""


class Timekeeper:
    """Runs what is due, from its construction until `close`. ``managers`` are those by now."""

    def __init__(self, clock: MovableClock, managers: Callable[[], Sequence[StateManager]]) -> None:
        self._clock = clock
        self._managers = managers
        self._turn = threading.Lock()
        self._closed = threading.Event()
        self._thread = threading.Thread(target=self._keep, name="timekeeper", daemon=True)
        self._thread.start()

    def close(self) -> None:
        """Stop, and wait until the thread is gone; not for whoever reads a move too slowly."""
        self._closed.set()
        self._thread.join(_LONGEST_END)

    def now(self) -> datetime:
        """SSM's time."""
        return self._clock.now()

    def forward(self, by: timedelta) -> Iterator[Step]:
        """Move the clock on; every run that comes due on the way is carried out at its own time.

        Each is waited for before the next one begins. What a host does not take, since it is
        offline, is not waited for.
        """
        with self._turn:
            goal, count = self._clock.now() + by, 0
            self._wait()
            while (due := self._next_due()) is not None and due <= goal:
                self._clock.move_to(due)
                begun = [run for manager in self._managers() for run in manager.run_due()]
                self._wait()
                for run in begun:
                    count += 1
                    yield _told(run, count)
                if self._closed.is_set():
                    return
            self._clock.move_to(goal)
            self._settle()
            yield {"runs": count, "now": self._clock.now().isoformat()}

    def _keep(self) -> None:
        while not self._closed.is_set():
            with self._turn:
                for manager in self._managers():
                    # One place's trouble is not another's, and none ends the thread.
                    with suppress(Exception):
                        manager.run_due()
                        manager.welcome()
            self._closed.wait(self._pause())

    def _pause(self) -> float:
        due = self._next_due()
        if due is None:
            return _LONGEST_PAUSE
        return min(_LONGEST_PAUSE, max(0.0, (due - self._clock.now()).total_seconds()))

    def _next_due(self) -> datetime | None:
        due = (manager.next_due() for manager in self._managers())
        return min((moment for moment in due if moment), default=None)

    def _settle(self) -> None:
        for manager in self._managers():
            manager.settle()

    def _wait(self) -> None:
        """Until what runs has ended, as far as there are hosts that will end it."""
        seen: tuple[int, int] | None = None
        since = self._clock.monotonic()
        while not self._closed.is_set():
            waited = [manager.waited_for() for manager in self._managers()]
            pending, running = sum(w[0] for w in waited), sum(w[1] for w in waited)
            if not pending and not running:
                return
            if (pending, running) != seen:
                seen, since = (pending, running), self._clock.monotonic()
            if self._clock.monotonic() - since > (_UNENDED if running else _UNHEARD):
                return
            self._closed.wait(_LOOK)


def _told(run: Execution, number: int) -> Step:
    return {
        "run": number,
        "at": run.created.isoformat(),
        "association_id": run.association_id,
        "execution_id": run.execution_id,
        "name": run.terms.given.get("AssociationName") or run.terms.name,
        "status": run.state[0],
        "targets": dict(run.counts),
    }
