"""The stacks that there are, their change sets, and what has happened to them.

What a stack makes is made at once; that it is in progress is told by time: each event counts from a
moment on, and is not seen before.
"""

from __future__ import annotations

import uuid
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum

from orchestrator.sandbox.cloud.stacks.changes import Change
from orchestrator.sandbox.cloud.stacks.paper import Drawing, Place

STACK = "AWS::CloudFormation::Stack"


@dataclass(frozen=True, slots=True)
class Told:
    """Something that happens to a resource of a stack, or to the stack itself."""

    logical_id: str
    physical_id: str
    type: str
    status: str
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Event:
    """What was told, and when."""

    event_id: str
    at: datetime
    told: Told


class Execution(StrEnum):
    """A change set's ExecutionStatus."""

    UNAVAILABLE = "UNAVAILABLE"
    AVAILABLE = "AVAILABLE"
    COMPLETE = "EXECUTE_COMPLETE"
    FAILED = "EXECUTE_FAILED"
    OBSOLETE = "OBSOLETE"


@dataclass(frozen=True, slots=True)
class Wish:
    """What a stack is to become: by CreateStack, UpdateStack or a change set."""

    template: str
    parameters: Mapping[str, str]
    tags: Mapping[str, str]
    capabilities: tuple[str, ...]
    description: str = ""


@dataclass(slots=True)
class ChangeSet:
    """A change set. ``ready`` is when it is made; ``fault`` why it cannot be, else empty.

    ``conflicts`` are the names that are taken, by the logical ids of who wants them.
    """

    change_set_id: str
    name: str
    wish: Wish
    drawing: Drawing
    changes: tuple[Change, ...]
    created: datetime
    ready: datetime
    description: str
    fault: str = ""
    conflicts: Mapping[str, str] = field(default_factory=dict)
    execution: Execution = Execution.AVAILABLE

    def status(self, now: datetime) -> str:
        """Its Status."""
        if now < self.ready:
            return "CREATE_PENDING" if now == self.created else "CREATE_IN_PROGRESS"
        return "FAILED" if self.fault else "CREATE_COMPLETE"

    def execution_status(self, now: datetime) -> Execution:
        """Whether it can be executed."""
        if now < self.ready or self.fault:
            return Execution.UNAVAILABLE
        return self.execution


@dataclass(slots=True)
class Stack:
    """A stack. ``made`` is what it has made, as it stands."""

    place: Place
    wish: Wish
    created: datetime
    made: Drawing = field(default_factory=Drawing)
    updated: datetime | None = None
    events: list[Event] = field(default_factory=list)
    change_sets: list[ChangeSet] = field(default_factory=list)
    executed: str = ""

    def tell(self, story: list[Told], begin: datetime, lasts: timedelta) -> None:
        """Let this happen from then on, one after the other, and be over after so long."""
        step = lasts / max(len(story) - 1, 1)
        for number, told in enumerate(story):
            self.events.append(Event(str(uuid.uuid4()), begin + number * step, told))

    def seen(self, now: datetime) -> Iterator[Event]:
        """What has happened by now, the newest first."""
        return (event for event in reversed(self.events) if event.at <= now)

    def state(self, now: datetime) -> Told:
        """The newest that is told of the stack itself."""
        return next(event.told for event in self.seen(now) if event.told.type == STACK)

    def status(self, now: datetime) -> str:
        """Its StackStatus."""
        return self.state(now).status

    def told(self, status: str, reason: str = "") -> Told:
        """Something that happens to the stack itself."""
        return Told(self.place.name, self.place.stack_id, STACK, status, reason)

    def change_set(self, name: str) -> ChangeSet | None:
        """Its change set of that name or ARN."""
        return next((c for c in self.change_sets if name in {c.name, c.change_set_id}), None)


class Shelf:
    """All stacks, by account and region."""

    def __init__(self) -> None:
        self._stacks: list[Stack] = []

    def add(self, stack: Stack) -> None:
        """Keep it."""
        self._stacks.append(stack)

    def of(self, account: str, region: str) -> list[Stack]:
        """Those of one account and region, deleted ones too, the oldest first."""
        places = ((stack, stack.place) for stack in self._stacks)
        return [stack for stack, at in places if (at.account, at.region) == (account, region)]

    def find(self, account: str, region: str, name: str, now: datetime) -> Stack | None:
        """The stack of that name, unless it was deleted, or of that id."""
        for stack in reversed(self.of(account, region)):
            is_gone = stack.status(now) == "DELETE_COMPLETE"
            if name == stack.place.stack_id or (name == stack.place.name and not is_gone):
                return stack
        return None
