"""The command: sent in fifties, looked at until every host has ended, cancelled on Ctrl-C."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence, Set
from dataclasses import dataclass, field

from orchestrator.errors import OrchError, UnreachableError
from orchestrator.model.fleet import Invocation, SendRequest
from orchestrator.model.plan import Plan
from orchestrator.ports import Clock, Fleet, Listener
from orchestrator.run.keeping import Keeping
from orchestrator.run.looking import Looking
from orchestrator.run.sending import send
from orchestrator.waiting import MOMENT, look_until

CHUNK = 50
"""Instance ids in one SendCommand at most."""

MARGIN = 30
"""Seconds beyond SSM's own time-outs in which its final state must have appeared."""

CANCEL_WAIT = 8.0
"""Seconds that a cancelled command is given to end, so that the report can say how it did; and the
one that puts back what it left, since somebody is waiting who wanted to leave."""


@dataclass(slots=True)
class Commands:
    """The commands of one run, and the newest that is known of each host.

    What has ended is written down by ``keeping`` as soon as it is seen.

    ``unwatched`` says why they could not be looked at to the end; empty where they could.
    ``unsent`` is what ended the sending when something had been sent already, if anything did.
    """

    plan: Plan
    fleet: Fleet
    clock: Clock
    listener: Listener
    keeping: Keeping
    sent: dict[str, tuple[str, ...]] = field(default_factory=dict)
    seen: dict[str, Invocation] = field(default_factory=dict)
    unwatched: str = ""
    unsent: OrchError | None = None
    _command_of: dict[str, str] = field(default_factory=dict)
    _unended: dict[str, int] = field(default_factory=dict)
    _looking: Looking | None = None

    def send(self, instance_ids: Sequence[str]) -> None:
        """Send to all of them, 50 at a time."""
        chunks = in_chunks(instance_ids)
        for number, chunk in enumerate(chunks):
            self.send_chunk(number, chunk, len(chunks))
        if len(chunks) > 1:
            said = f"{len(chunks)} commands sent to {len(instance_ids)} hosts"
            self.listener.stage("wait", said)

    def send_chunk(self, number: int, chunk: tuple[str, ...], chunks: int) -> None:
        """Send the chunk of that number of so many."""
        self.keeping.sending(number, chunk)
        command_id = send(_request(self.plan, chunk, number, chunks), self.fleet, self.clock)
        self.keeping.sent(number, command_id)
        self.watch(command_id, chunk)

    def watch(self, command_id: str, chunk: tuple[str, ...]) -> None:
        """That command was sent to these hosts, now or by an earlier process."""
        if not self.sent:
            self._looking = Looking(self.fleet, self.clock, self.clock.now())
        self.sent[command_id] = chunk
        self._unended[command_id] = len(chunk)
        self._command_of |= dict.fromkeys(chunk, command_id)
        hosts = "1 host" if len(chunk) == 1 else f"{len(chunk)} hosts"
        self.listener.stage("wait", f"command {command_id} sent to {hosts}")

    def command_of(self, instance_id: str) -> str | None:
        """The id of the command that was sent to this host."""
        return self._command_of.get(instance_id)

    @property
    def sent_to(self) -> Set[str]:
        """The hosts that were certainly sent to."""
        return self._command_of.keys()

    def wait(self, at_most: float | None = None) -> bool:
        """Look until every host has ended; False where the deadline passed first.

        The deadline lies beyond SSM's own, delivery and execution time-out together, unless
        somebody wants to wait for fewer seconds.
        """
        seconds = self.plan.delivery_timeout + self.plan.execution_timeout + MARGIN
        usual = self.keeping.usual_seconds(self.plan.procedure_sha256)
        return self._look_for(seconds if at_most is None else min(at_most, seconds), usual)

    def cancel(self) -> None:
        """Cancel what has not ended, and look a little longer how it ends."""
        for command_id in self._open():
            self.fleet.cancel(command_id)
        self._look_for(CANCEL_WAIT)

    def _look_for(self, seconds: float, usual: float | None = None) -> bool:
        begun = self.clock.monotonic()

        def look() -> bool:
            is_last = self.clock.monotonic() - begun >= seconds - MOMENT
            for command_id in self._open() if is_last else self._worth():
                self._take(self.fleet.look(command_id))
            self.listener.look(self.clock.monotonic() - begun, self._states())
            return not self._open()

        if not self._open():
            return True
        return look_until(
            look,
            bool,
            clock=self.clock,
            deadline=seconds,
            excused=UnreachableError,
            usual=usual,
        )

    def _worth(self) -> Sequence[str]:
        unended = {command_id: self._unended[command_id] for command_id in self._open()}
        hosts = {command_id: len(self.sent[command_id]) for command_id in unended}
        return self._looking.worth(unended, hosts) if self._looking else []

    def take_past(self, invocations: Iterable[Invocation]) -> None:
        """What an earlier process saw to its end, and wrote down."""
        for invocation in invocations:
            if invocation.instance_id in self._command_of:
                self.seen[invocation.instance_id] = invocation
                self._unended[self._command_of[invocation.instance_id]] -= 1

    def _take(self, invocations: Sequence[Invocation]) -> None:
        """Keep what is newest. A final state stays, whatever a late page says."""
        ended: list[Invocation] = []
        for invocation in invocations:
            instance_id = invocation.instance_id
            known = self.seen.get(instance_id)
            if instance_id not in self._command_of or (known is not None and known.final):
                continue
            self.seen[instance_id] = invocation
            if invocation.final:
                self._unended[self._command_of[instance_id]] -= 1
                ended.append(invocation)
        self.keeping.took(ended)

    def _open(self) -> list[str]:
        return [command_id for command_id, left in self._unended.items() if left > 0]

    def _states(self) -> Mapping[str, int]:
        hosts = self.sent_to
        return Counter(self.seen[i].status if i in self.seen else "Pending" for i in hosts)


def in_chunks(instance_ids: Sequence[str]) -> list[tuple[str, ...]]:
    """The ids in fifties, in their order."""
    begins = range(0, len(instance_ids), CHUNK)
    return [tuple(instance_ids[begin : begin + CHUNK]) for begin in begins]


def comment_of(plan: Plan, number: int, chunks: int) -> str:
    """What tells a chunk's command from all others: the run's id, and which of its chunks it is."""
    return plan.comment if chunks == 1 else f"{plan.comment[:88]} {number + 1}/{chunks}"


def _request(plan: Plan, chunk: tuple[str, ...], number: int, chunks: int) -> SendRequest:
    return SendRequest(
        document=plan.document,
        instance_ids=chunk,
        commands=tuple(plan.script.text.split("\n")),
        delivery_timeout=plan.delivery_timeout,
        execution_timeout=plan.execution_timeout,
        comment=comment_of(plan, number, chunks),
    )
