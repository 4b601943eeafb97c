"""Which commands are worth a look: pages are read where something came, and not everywhere."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from orchestrator.errors import DeniedError
from orchestrator.ports import Clock, Fleet

PAGE = 50
"""Hosts on a page of ListCommandInvocations."""

FEW_PAGES = 2
"""Up to so many pages, reading them is no dearer than asking first how far the commands are."""

WORTH = 0.75
"""The part of a command's hosts that must have ended anew to make its page worth reading, since the
others will cost it once more. With more pages than `MANY_PAGES` it is all of them."""

MANY_PAGES = 20

PATIENCE = 5.0
"""Seconds after which even a single host that ended is read; the more pages, the later: at a call
a second nobody could read them all sooner."""


@dataclass(slots=True)
class Looking:
    """Remembers what each command's last look brought.

    ``since`` is when the first command was sent, on the wall clock.
    """

    fleet: Fleet
    clock: Clock
    since: datetime
    _may_count: bool = True
    _completed: dict[str, int] = field(default_factory=dict)
    _read_at: dict[str, float] = field(default_factory=dict)

    def worth(self, unended: Mapping[str, int], hosts: Mapping[str, int]) -> Sequence[str]:
        """The commands whose pages are to be read now.

        ``unended`` maps each open command to how many of its hosts are not seen to have ended,
        ``hosts`` to how many it has.
        """
        pages = sum(-(-hosts[command_id] // PAGE) for command_id in unended)
        if pages <= FEW_PAGES or not self._may_count:
            return [*unended]
        try:
            counts = self.fleet.count([*unended], self.since)
        except DeniedError:
            # Whoever may not count may still look.
            self._may_count = False
            return [*unended]
        now = self.clock.monotonic()
        found = []
        for command_id, left in unended.items():
            count = counts.get(command_id)
            if count is None:
                continue
            self._completed[command_id] = count.completed
            new = count.completed - (hosts[command_id] - left)
            waited = now - self._read_at.setdefault(command_id, now)
            enough = new >= left or (pages <= MANY_PAGES and new >= WORTH * left)
            if new > 0 and (count.final or enough or waited >= max(PATIENCE, pages / 2)):
                found.append(command_id)
                self._read_at[command_id] = now
        return found

    @property
    def ended(self) -> int:
        """How many hosts are known to have ended, by the counters of their commands alone."""
        return sum(self._completed.values())
