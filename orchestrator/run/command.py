"""The commands of a run: looked at until every host has ended, cancelled on Ctrl-C."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Sequence, Set
from dataclasses import dataclass, field, replace
from datetime import datetime

from orchestrator.errors import CannotRunError, OrchError, UnreachableError
from orchestrator.model.fleet import Invocation
from orchestrator.model.plan import Plan
from orchestrator.model.progress import MOST_NAMED, Look
from orchestrator.ports import Clock, Fleet, Listener
from orchestrator.run.keeping import Keeping
from orchestrator.run.looking import Looking
from orchestrator.run.told import Told
from orchestrator.waiting import MOMENT, look_until, times_worth

MARGIN = 30
"""Seconds beyond SSM's own time-outs in which its final state must have appeared."""

CANCEL_WAIT = 8.0
"""Seconds that a cancelled command is given to end, so that the report can say how it did; and the
one that puts back what it left, since somebody is waiting who wanted to leave."""

FEW = 500
"""Of up to so many hosts all that they said is held in memory; of more it lies in the journal."""

_ERRORS = {"failed", "executiontimedout"}
"""The StatusDetails that count against MaxErrors (run-command facts: the others do not)."""


@dataclass(slots=True)
class Commands:
    """The commands of one run, and the newest that is known of each host.

    What has ended is written down by ``keeping`` as soon as it is seen.

    ``since`` is when the first was sent, where an earlier process did that. ``unwatched`` says why
    they could not be looked at to the end; empty where they could. ``kept_back`` says of hosts that
    were to be sent to, and were not, why. ``strays`` were sent to because they have the tags,
    though nobody had seen them before.
    """

    plan: Plan
    fleet: Fleet
    clock: Clock
    listener: Listener
    keeping: Keeping
    sent: dict[str, tuple[str, ...]] = field(default_factory=dict)
    seen: dict[str, Invocation] = field(default_factory=dict)
    kept_back: dict[str, OrchError] = field(default_factory=dict)
    unwatched: str = ""
    since: datetime | None = None
    strays: tuple[str, ...] = ()
    _past: dict[str, Invocation] = field(default_factory=dict)
    _command_of: dict[str, str] = field(default_factory=dict)
    _unended: dict[str, int] = field(default_factory=dict)
    _failed: list[str] = field(default_factory=list)
    _begun: float = 0.0
    _looking: Looking | None = None

    def watch(self, command_id: str, instance_ids: tuple[str, ...]) -> None:
        """That command was sent to these hosts, now or by an earlier process."""
        if not self.sent:
            self._begun = self.clock.monotonic()
            self._looking = Looking(self.fleet, self.clock, self.since or self.clock.now())
        self.sent[command_id] = instance_ids
        self._unended[command_id] = len(instance_ids)
        self._command_of |= dict.fromkeys(instance_ids, command_id)
        for instance_id in instance_ids:
            if instance_id in self._past:
                self._end(self._past.pop(instance_id))

    def command_of(self, instance_id: str) -> str | None:
        """The id of the command that was sent to this host."""
        return self._command_of.get(instance_id)

    @property
    def sent_to(self) -> Set[str]:
        """The hosts that were certainly sent to."""
        return self._command_of.keys()

    @property
    def under_way(self) -> int:
        """How many hosts were sent to and are not seen to have ended."""
        return sum(self._unended.values())

    @property
    def errors(self) -> int:
        """How many hosts ended in a way that counts against an error budget."""
        details = (one.status_details.replace(" ", "").lower() for one in self.seen.values())
        return sum(one in _ERRORS for one in details)

    def told(self, instance_id: str) -> Told:
        """All that is known of the host."""
        return Told(
            instance_id,
            self._command_of.get(instance_id),
            self._whole(instance_id),
            self.kept_back.get(instance_id),
            self.unwatched,
        )

    def _whole(self, instance_id: str) -> Invocation | None:
        """What was seen of the host, with all that it said."""
        seen = self.seen.get(instance_id)
        if seen is None or not seen.final or not self._is_kept(seen):
            return seen
        return self.keeping.invocation(instance_id) or seen

    def wait(self, at_most: float | None = None, until: Callable[[], bool] = lambda: False) -> bool:
        """Look until every host has ended, or ``until`` holds; False where the deadline passed.

        The deadline lies beyond SSM's own, delivery and execution time-out together, unless
        somebody wants to wait for fewer seconds.
        """
        seconds = self.plan.delivery_timeout + self.plan.execution_timeout + MARGIN
        past = self.keeping.past_seconds(self.plan.procedure_sha256)
        most = seconds if at_most is None else min(at_most, seconds)
        return self._look_for(most, times_worth(past, self.under_way), until)

    def cancel(self) -> None:
        """Cancel what has not ended, and look a little longer how it ends."""
        failed: CannotRunError | None = None
        for command_id in self._open():
            try:
                self.fleet.cancel(command_id)
            except CannotRunError as error:
                failed = error
        if failed is not None:
            raise failed
        self._look_for(CANCEL_WAIT)

    def _look_for(
        self,
        seconds: float,
        worth: Sequence[float] = (),
        until: Callable[[], bool] = lambda: False,
    ) -> bool:
        begun = self.clock.monotonic()

        def look() -> bool:
            is_last = self.clock.monotonic() - begun >= seconds - MOMENT
            for command_id in self._open() if is_last else self._worth():
                self._take(command_id, self.fleet.look(command_id))
            self.listener.look(self._progress(worth))
            return not self._open() or until()

        if not self._open() or until():
            return True
        return look_until(
            look, bool, clock=self.clock, deadline=seconds, excused=UnreachableError, worth=worth
        )

    def _worth(self) -> Sequence[str]:
        unended = {command_id: self._unended[command_id] for command_id in self._open()}
        hosts = {command_id: len(self.sent[command_id]) for command_id in unended}
        return self._looking.worth(unended, hosts) if self._looking else []

    def remember(self, invocations: Iterable[Invocation]) -> None:
        """What an earlier process saw to its end, and wrote down. Told before it is watched."""
        for invocation in invocations:
            self._past[invocation.instance_id] = self._slim(invocation)

    def _take(self, command_id: str, invocations: Sequence[Invocation]) -> None:
        """Keep what is newest. A final state stays, whatever a late page says."""
        if self.plan.tags:
            self._meet(command_id, invocations)
        ended: list[Invocation] = []
        for invocation in invocations:
            instance_id = invocation.instance_id
            known = self.seen.get(instance_id)
            if instance_id not in self._command_of or (known is not None and known.final):
                continue
            self.seen[instance_id] = invocation
            if invocation.final:
                ended.append(invocation)
        kept = self.keeping.took(ended)
        for invocation in ended:
            self._end(self._slim(invocation) if kept else invocation)

    def _meet(self, command_id: str, invocations: Sequence[Invocation]) -> None:
        """Who had the tags when it was sent is what SSM says, and not who had them before."""
        met = [invocation.instance_id for invocation in invocations]
        new = tuple(one for one in met if one not in self._command_of)
        self._command_of |= dict.fromkeys(new, command_id)
        self.strays += new
        gone: tuple[str, ...] = ()
        missing = tuple(set(self.sent[command_id]).difference(met))
        if missing and met and all(invocation.final for invocation in invocations):
            count = self.fleet.count([command_id], self.since or self.clock.now()).get(command_id)
            # A list that is filling still would lack hosts that are about to run.
            gone = missing if count and count.final and count.targets == len(met) else ()
        for instance_id in gone:
            del self._command_of[instance_id]
            self.kept_back[instance_id] = OrchError("it had not the tags any more at the send")
        kept = (one for one in self.sent[command_id] if one not in gone)
        self.sent[command_id] = (*kept, *new)
        self._unended[command_id] += len(new) - len(gone)

    def _end(self, invocation: Invocation) -> None:
        self._unended[self._command_of[invocation.instance_id]] -= 1
        if invocation.status != "Success":
            self._failed.append(invocation.instance_id)
        self.seen[invocation.instance_id] = invocation

    def _slim(self, invocation: Invocation) -> Invocation:
        """What it said need not be held in memory too, where it is kept elsewhere."""
        return replace(invocation, output="", error="") if self._are_many else invocation

    @property
    def _are_many(self) -> bool:
        return len(self.plan.targets) > FEW

    def _is_kept(self, invocation: Invocation) -> bool:
        return self._are_many and not invocation.output

    def _open(self) -> list[str]:
        return [command_id for command_id, left in self._unended.items() if left > 0]

    def _progress(self, worth: Sequence[float]) -> Look:
        hosts = self.sent_to
        states = Counter(self.seen[i].status if i in self.seen else "Pending" for i in hosts)
        unread = (self._looking.ended if self._looking else 0) - (len(hosts) - self.under_way)
        if 0 < unread <= states["Pending"]:
            states["Pending"] -= unread
            states["ended"] = unread
        few = 0 < self.under_way <= MOST_NAMED < len(hosts)
        left = (i for i in hosts if i not in self.seen or not self.seen[i].final) if few else ()
        return Look(
            elapsed=self.clock.monotonic() - self._begun,
            states=+states,
            expected=worth[-1] if worth else None,
            failed=tuple(reversed(self._failed[-MOST_NAMED:])),
            slow=tuple(left),
        )
