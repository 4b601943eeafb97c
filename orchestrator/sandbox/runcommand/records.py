"""Commands and their invocations as the service keeps them."""

from __future__ import annotations

import json
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
    """

    document: Document
    targets: Mapping[str, str]
    parameters: Mapping[str, Sequence[str]]
    delivery_timeout: int
    execution_timeout: int
    most_at_once: int
    errors_allowed: int
    request: Mapping[str, Any]

    @property
    def lifetime(self) -> int:
        """Seconds after which SSM gives up: both time-outs together."""
        return self.delivery_timeout + self.execution_timeout


@dataclass(slots=True)
class Invocation:
    """One instance's part of a command."""

    instance_id: str
    instance_name: str
    state: State = states.PENDING
    delivered: bool = False
    reply: Reply | None = None

    @property
    def awaits_agent(self) -> bool:
        """Whether it was sent, and its agent has neither taken nor refused it."""
        return self.state == states.IN_PROGRESS and not self.delivered

    @property
    def result(self) -> Result | None:
        """What its agent said of its plugin, if that was begun at all."""
        return self.reply.result if self.reply else None

    def end(self, state: State, reply: Reply | None = None) -> None:
        """Bring it to its final state; whatever comes after that changes nothing."""
        if not self.state.final:
            self.state, self.reply = state, reply


@dataclass(slots=True)
class Command:
    """A command that was sent. ``since`` is when, by the clock that never goes back."""

    command_id: str
    sending: Sending
    requested: datetime
    since: float
    invocations: Mapping[str, Invocation] = field(default_factory=dict)

    @property
    def state(self) -> State:
        """Its state, from those of its invocations."""
        found = [invocation.state for invocation in self.invocations.values()]
        return states.of_command(found, self.sending.errors_allowed)

    def count(self, wanted: frozenset[State]) -> int:
        """How many invocations are in one of these states."""
        return sum(invocation.state in wanted for invocation in self.invocations.values())

    def order(self, region: str) -> Order:
        """The message for the agents."""
        request = self.sending.request
        payload = {
            "Parameters": self.sending.document.values(self.sending.parameters),
            "DocumentContent": self.sending.document.content(),
            "CommandId": self.command_id,
            "DocumentName": self.sending.document.name,
            "OutputS3BucketName": request.get("OutputS3BucketName", ""),
            "OutputS3KeyPrefix": request.get("OutputS3KeyPrefix", ""),
            "CloudWatchLogGroupName": "",
            "CloudWatchOutputEnabled": "false",
        }
        return Order(self.command_id, region, json.dumps(payload))
