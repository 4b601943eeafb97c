"""Commands and their invocations as the service keeps them."""

from __future__ import annotations

import json
from collections import Counter, deque
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from orchestrator.sandbox.runcommand import states
from orchestrator.sandbox.runcommand.documents import Document
from orchestrator.sandbox.runcommand.messages import Order, Reply, Result
from orchestrator.sandbox.runcommand.states import State


@dataclass(frozen=True, slots=True)
class Sending:
    """A SendCommand that was found valid.

    ``targets`` are the instances by id, with their names; ``request`` is the request as it came.
    ``barred`` are those of them that get no command, with the state that says why; ``nobody`` is
    the command's own state where there are none at all.
    """

    document: Document
    targets: Mapping[str, str]
    parameters: Mapping[str, Sequence[str]]
    delivery_timeout: int
    execution_timeout: int
    most_at_once: int
    errors_allowed: int
    request: Mapping[str, Any]
    barred: Mapping[str, State] = field(default_factory=dict)
    nobody: State = states.NO_INSTANCES_IN_TAG

    @property
    def lifetime(self) -> int:
        """Seconds after which SSM gives up: both time-outs together."""
        return self.delivery_timeout + self.execution_timeout


@dataclass(slots=True)
class Invocation:
    """One instance's part of a command, which alone may move it."""

    instance_id: str
    instance_name: str
    state: State = states.PENDING
    delivered: bool = False
    reply: Reply | None = None
    results: dict[str, Result] = field(default_factory=dict)

    @property
    def awaits_agent(self) -> bool:
        """Whether it was sent, and its agent has neither taken nor refused it."""
        return self.state == states.IN_PROGRESS and not self.delivered

    def take(self, reply: Reply) -> None:
        """Note what its agent says of a step, for the first time.

        The newer channel may bring that after the final reply; what SSM gave up stays so.
        """
        if reply.result and (self.reply or not self.state.final):
            self.results.setdefault(reply.result.key, reply.result)


@dataclass(slots=True)
class Command:
    """A command that was sent. ``since`` is when, by the clock that never goes back.

    It counts its invocations by state as they move: there may be thousands, and everybody who
    looks wants to know.
    """

    command_id: str
    sending: Sending
    requested: datetime
    since: float
    invocations: Mapping[str, Invocation] = field(default_factory=dict)
    _counts: Counter[State] = field(init=False)
    _unsent: deque[Invocation] = field(init=False)
    _order: Order | None = field(init=False, default=None)

    def __post_init__(self) -> None:
        self._unsent = deque(self.invocations.values())
        self._counts = Counter(invocation.state for invocation in self._unsent)

    @property
    def state(self) -> State:
        """Its state, from those of its invocations."""
        if not self._counts:
            return self.sending.nobody
        return states.of_command(self._counts, self.sending.errors_allowed)

    @property
    def completed(self) -> int:
        """How many invocations have a final state."""
        return sum(count for state, count in self._counts.items() if state.final)

    @property
    def is_over(self) -> bool:
        """Whether nothing of it can change any more."""
        return all(state.final for state in self._counts)

    def count(self, wanted: frozenset[State]) -> int:
        """How many invocations are in one of these states."""
        return sum(self._counts.get(state, 0) for state in wanted)

    def move(self, invocation: Invocation, state: State) -> None:
        """Bring an invocation of it to another state."""
        self._counts[invocation.state] -= 1
        if not self._counts[invocation.state]:
            del self._counts[invocation.state]
        self._counts[state] += 1
        invocation.state = state

    def end(self, invocation: Invocation, state: State, reply: Reply | None = None) -> None:
        """Bring it to its final state; whatever comes after that changes nothing."""
        if not invocation.state.final:
            if reply is not None:
                invocation.take(reply)
            self.move(invocation, state)
            invocation.reply = reply

    def next_unsent(self, most: int) -> list[Invocation]:
        """Take out the next invocations that were not sent yet, in the order of the targets."""
        found: list[Invocation] = []
        while self._unsent and len(found) < most:
            invocation = self._unsent.popleft()
            if invocation.state == states.PENDING:
                found.append(invocation)
        return found

    def order(self, region: str) -> Order:
        """The message for the agents: one, whoever gets it."""
        if self._order is None:
            self._order = self._written(region)
        return self._order

    def forget_order(self) -> None:
        """Keep the message no longer: it is as long as the script, and nobody gets it any more."""
        self._order = None

    def _written(self, region: str) -> Order:
        request = self.sending.request
        payload = {
            "Parameters": self.sending.document.values(self.sending.parameters),
            "DocumentContent": self.sending.document.content,
            "CommandId": self.command_id,
            "DocumentName": self.sending.document.name,
            "OutputS3BucketName": request.get("OutputS3BucketName", ""),
            "OutputS3KeyPrefix": request.get("OutputS3KeyPrefix", ""),
            "CloudWatchLogGroupName": "",
            "CloudWatchOutputEnabled": "false",
        }
        return Order(self.command_id, region, json.dumps(payload))
