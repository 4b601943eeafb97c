"""What is kept of many runs, in short: enough to tell what changed, and since when."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import pairwise

from orchestrator.model.enums import Outcome


@dataclass(frozen=True, slots=True)
class Seen:
    """One host in one run. ``at`` is when the run began, in UTC.

    ``run_id`` is that of the whole run where it had several places. ``cause`` is the id of the
    first cause, empty where there is none. ``schedule`` names the schedule that ran it; empty for
    a run by hand. ``plan_sha256`` is of what was asked: only equal ones can be compared.
    """

    run_id: str
    at: datetime
    instance_id: str
    name: str
    region: str
    account_role: str
    outcome: Outcome
    cause: str
    runbook: str
    plan_sha256: str
    schedule: str = ""


@dataclass(frozen=True, slots=True)
class Past:
    """What was seen of some hosts in earlier runs, oldest first. Empty where nothing is known."""

    seen: Sequence[Seen] = ()

    def by_host(self) -> Mapping[str, Sequence[Seen]]:
        """By instance id, oldest first."""
        return _grouped((item.instance_id, item) for item in self.seen)

    def by_run(self) -> Mapping[str, Sequence[Seen]]:
        """By run id, oldest run first."""
        return _grouped((item.run_id, item) for item in self.seen)


def _grouped(items: Iterable[tuple[str, Seen]]) -> Mapping[str, Sequence[Seen]]:
    groups: dict[str, list[Seen]] = {}
    for key, item in items:
        groups.setdefault(key, []).append(item)
    return groups


NO_PAST = Past()

NEWEST = 10
"""So many of the newest results of one question say whether a host is flapping."""

FLAPPING = 3
"""So many changes of the outcome among them are flapping: there, back, and there again."""


def flips(outcomes: Sequence[Outcome]) -> int:
    """How often the outcome changed among the newest; they stand oldest first."""
    return sum(was is not now for was, now in pairwise(outcomes[-NEWEST:]))
