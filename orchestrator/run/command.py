"""The command: sent in fifties, looked at until every host has ended, cancelled on Ctrl-C."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from orchestrator.errors import OrchError, UnreachableError
from orchestrator.model.fleet import Invocation, SendRequest
from orchestrator.model.plan import Plan
from orchestrator.ports import Clock, Fleet, Listener
from orchestrator.waiting import look_until

CHUNK = 50
"""Instance ids in one SendCommand at most."""

MARGIN = 30
"""Seconds beyond SSM's own time-outs in which its final state must have appeared."""

CANCEL_WAIT = 8.0
"""Seconds that a cancelled command is given to end, so that the report can say how it did."""


@dataclass(slots=True)
class Commands:
    """The commands of one run, and the newest that is known of each host.

    ``unwatched`` says why they could not be looked at to the end; empty where they could.
    ``unsent`` is what ended the sending when something had been sent already, if anything did.
    """

    plan: Plan
    fleet: Fleet
    clock: Clock
    listener: Listener
    sent: dict[str, tuple[str, ...]] = field(default_factory=dict)
    seen: dict[str, Invocation] = field(default_factory=dict)
    unwatched: str = ""
    unsent: OrchError | None = None

    def send(self, instance_ids: Sequence[str]) -> None:
        """Send to all of them, 50 at a time."""
        for begin in range(0, len(instance_ids), CHUNK):
            chunk = tuple(instance_ids[begin : begin + CHUNK])
            command_id = self.fleet.send(_request(self.plan, chunk))
            self.sent[command_id] = chunk
            hosts = "1 host" if len(chunk) == 1 else f"{len(chunk)} hosts"
            self.listener.stage("wait", f"command {command_id} sent to {hosts}")

    def command_of(self, instance_id: str) -> str | None:
        """The id of the command that was sent to this host."""
        return next((c for c, ids in self.sent.items() if instance_id in ids), None)

    @property
    def sent_to(self) -> set[str]:
        """The hosts that were certainly sent to."""
        return {instance_id for chunk in self.sent.values() for instance_id in chunk}

    def wait(self) -> bool:
        """Look until every host has ended; False where the deadline passed first.

        The deadline lies beyond SSM's own: delivery and execution time-out together.
        """
        seconds = self.plan.delivery_timeout + self.plan.execution_timeout + MARGIN
        return self._look_for(seconds)

    def cancel(self) -> None:
        """Cancel what has not ended, and look a little longer how it ends."""
        for command_id in self._open():
            self.fleet.cancel(command_id)
        self._look_for(CANCEL_WAIT)

    def _look_for(self, seconds: float) -> bool:
        begun = self.clock.monotonic()

        def look() -> bool:
            for command_id in self._open():
                for invocation in self.fleet.look(command_id):
                    self._take(invocation)
            self.listener.look(self.clock.monotonic() - begun, self._states())
            return not self._open()

        if not self._open():
            return True
        return look_until(look, bool, clock=self.clock, deadline=seconds, excused=UnreachableError)

    def _take(self, invocation: Invocation) -> None:
        """Keep what is newest. A final state stays, whatever a late page says."""
        known = self.seen.get(invocation.instance_id)
        if known is None or not known.final:
            self.seen[invocation.instance_id] = invocation

    def _open(self) -> list[str]:
        return [command for command, ids in self.sent.items() if not all(map(self._ended, ids))]

    def _ended(self, instance_id: str) -> bool:
        return instance_id in self.seen and self.seen[instance_id].final

    def _states(self) -> Mapping[str, int]:
        hosts = self.sent_to
        return Counter(self.seen[i].status if i in self.seen else "Pending" for i in hosts)


def _request(plan: Plan, chunk: tuple[str, ...]) -> SendRequest:
    return SendRequest(
        document=plan.document,
        instance_ids=chunk,
        commands=tuple(plan.script.text.split("\n")),
        delivery_timeout=plan.delivery_timeout,
        execution_timeout=plan.execution_timeout,
        comment=plan.comment,
    )
