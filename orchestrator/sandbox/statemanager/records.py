"""Associations and their executions as the service keeps them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from orchestrator.sandbox.runcommand import states
from orchestrator.sandbox.runcommand.records import Invocation
from orchestrator.sandbox.statemanager.terms import Terms


@dataclass(slots=True)
class Target:
    """One instance's part of an execution. ``date`` is when it ended, or was begun."""

    instance_id: str
    status: str = "Pending"
    details: str = "Pending"
    date: datetime | None = None

    @property
    def is_over(self) -> bool:
        """Whether it cannot change any more."""
        return self.status not in {"Pending", "InProgress"}


@dataclass(slots=True)
class Execution:
    """One run of an association: a command for all of its targets.

    ``failure`` says why nothing could be sent at all, and is empty where something was. ``since``
    is when it was begun, by the clock that never goes back.
    """

    execution_id: str
    association_id: str
    version: int
    terms: Terms
    created: datetime
    since: float
    document_version: str
    command_id: str = ""
    targets: Mapping[str, Target] = field(default_factory=dict)
    failure: str = ""

    @property
    def counts(self) -> Counter[str]:
        """Its targets by status."""
        return Counter(target.status for target in self.targets.values())

    @property
    def state(self) -> tuple[str, str]:
        """Its status, and that in detail."""
        counts = self.counts
        if self.failure:
            return "Failed", self.failure
        if not counts:
            return "Failed", "NoInstancesInTag"
        if counts.keys() & {"Pending", "InProgress"}:
            word = "Pending" if set(counts) == {"Pending"} else "InProgress"
        else:
            word = "Success" if set(counts) == {"Success"} else "Failed"
        return word, word

    @property
    def is_over(self) -> bool:
        """Whether none of its targets can change any more."""
        return all(target.is_over for target in self.targets.values())

    @property
    def last_date(self) -> datetime:
        """When something of it came about last."""
        dates = [target.date for target in self.targets.values() if target.date]
        return max(dates, default=self.created)


@dataclass(slots=True)
class Association:
    """An association: its versions, and its executions by id, the oldest first.

    ``considered`` is the moment up to which its schedule is done with; ``known`` are the instances
    that it was run on since its terms changed.
    """

    association_id: str
    created: datetime
    versions: list[Terms]
    considered: datetime
    executions: dict[str, Execution] = field(default_factory=dict)
    known: set[str] = field(default_factory=set)
    ran_document: str = ""
    last_success: datetime | None = None
    _due: tuple[tuple[int, datetime], datetime | None] | None = None

    @property
    def terms(self) -> Terms:
        """Those of the latest version."""
        return self.versions[-1]

    @property
    def next_due(self) -> datetime | None:
        """When its schedule wants it next; None where it has none, or never does."""
        schedule, asked = self.terms.schedule, (len(self.versions), self.considered)
        if schedule is None:
            return None
        if self._due is None or self._due[0] != asked:
            # It is asked for every second, and a fifth Thursday is far to seek.
            self._due = asked, schedule.after(self.considered, self.terms.created)
        return self._due[1]

    @property
    def last(self) -> Execution | None:
        """The newest execution that is kept."""
        return next(reversed(self.executions.values()), None)


def target_state(invocation: Invocation) -> tuple[str, str]:
    """The state of a target, from that of its part of the command.

    An agent that has not taken the command yet leaves it Pending, however long that is.
    """
    state = invocation.state
    if not state.final:
        word = "InProgress" if invocation.delivered else "Pending"
        return word, word
    if state == states.SUCCESS:
        return "Success", "Success"
    if state.status == "TimedOut":
        return "TimedOut", "TimedOut"
    return "Failed", "Failed" if state == states.FAILED else state.details
