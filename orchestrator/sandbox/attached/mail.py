"""The messages that wait for one real agent, and those that it has and did not acknowledge."""

from __future__ import annotations

import threading
import time
from collections import deque
from collections.abc import Callable, Sequence
from datetime import UTC, datetime

from orchestrator.sandbox.attached.wire import Letter, cancel_id, message_id
from orchestrator.sandbox.runcommand.messages import Cancel, Order

MOST_AT_ONCE = 10
"""Letters of one answer."""


class Mailbox:
    """One instance's. Each has a lock of its own, so that a thousand polls do not wake each other.

    ``put`` may be called under the lock of Run Command, and so nothing here asks Run Command
    anything.
    """

    def __init__(self, instance_id: str) -> None:
        self.instance_id = instance_id
        self._changed = threading.Condition()
        self._waiting: deque[Letter] = deque()
        self._handed_out: dict[str, tuple[float, Letter]] = {}
        self._poll = 0
        self._is_closed = False

    def put(self, message: Order | Cancel) -> None:
        """Add a message for its agent, if it is not here already."""
        named = message_id if isinstance(message, Order) else cancel_id
        name = named(message.command_id, self.instance_id)
        with self._changed:
            if name in self._handed_out or any(name == each.message_id for each in self._waiting):
                return
            self._waiting.append(Letter(name, self.instance_id, message, datetime.now(UTC)))
            self._changed.notify_all()

    def take(
        self, seconds: float, invisible: float, has_gone: Callable[[], bool] = lambda: False
    ) -> Sequence[Letter]:
        """Those that wait now, or the first that come within so many seconds.

        Each is given again ``invisible`` seconds later unless it is acknowledged by then. Only the
        last that asks gets any: an agent that starts again has left its question behind. Whoever
        ``has_gone`` meanwhile gets nothing either, so that nothing is lost with them.
        """
        until = time.monotonic() + seconds
        with self._changed:
            self._poll += 1
            own = self._poll
            self._changed.notify_all()
            while own == self._poll and not self._is_closed:
                now = time.monotonic()
                self._wait_no_more(now)
                if self._waiting:
                    return [] if has_gone() else self._hand_out(now + invisible)
                if now >= until:
                    break
                dues = (due for due, _ in self._handed_out.values())
                self._changed.wait(min(until, *dues, until) - now)
        return []

    def acknowledge(self, name: str) -> Letter | None:
        """Give it out no more; the letter, or None where none of that name is here."""
        with self._changed:
            if name in self._handed_out:
                return self._handed_out.pop(name)[1]
            found = next((each for each in self._waiting if each.message_id == name), None)
            if found is not None:
                self._waiting.remove(found)
            return found

    def close(self) -> None:
        """Let everybody who waits go, with nothing."""
        with self._changed:
            self._is_closed = True
            self._changed.notify_all()

    def _hand_out(self, due: float) -> Sequence[Letter]:
        letters = [self._waiting.popleft() for _ in range(min(MOST_AT_ONCE, len(self._waiting)))]
        self._handed_out.update((letter.message_id, (due, letter)) for letter in letters)
        return letters

    def _wait_no_more(self, now: float) -> None:
        """Put what was not acknowledged back, before what has never been given."""
        late = [letter for due, letter in self._handed_out.values() if due <= now]
        for letter in reversed(late):
            del self._handed_out[letter.message_id]
            self._waiting.appendleft(letter)
