"""What goes out: chunk by chunk, as the run's budget allows, and never twice."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from orchestrator.errors import CannotRunError, NotManagedError, OrchError
from orchestrator.model.fleet import SendRequest
from orchestrator.model.journal import SentChunk
from orchestrator.model.plan import Pace, Plan
from orchestrator.run.command import Commands
from orchestrator.run.pacing import Budget, Chunk, budget, waves
from orchestrator.run.sending import find, send
from orchestrator.wording import hosts_words


@dataclass(slots=True)
class Outgoing:
    """Sends the chunks of a run, of which there are so many in all.

    ``known`` is what an earlier process of the same run wrote down of its chunks, by number;
    ``resumed``: there was one, which may have sent more than it could write down.
    ``failed`` is what ended the sending when something had been sent already, if anything did.
    """

    commands: Commands
    budget: Budget
    chunks: int
    known: Mapping[int, SentChunk] = field(default_factory=dict)
    resumed: bool = False
    failed: CannotRunError | None = None
    sent_anew: bool = False
    _taken: set[int] = field(default_factory=set)
    _queue: deque[Chunk] = field(default_factory=deque)

    def take_up(self, chunks: Iterable[Chunk], *, look: bool = False) -> None:
        """Watch what an earlier process has sent; ``look`` once for what it may have, too.

        Raises:
            CannotRunError: it cannot be looked for.
        """
        for chunk in chunks:
            known = self.known.get(chunk.number)
            command_id = known.command_id if known else None
            if command_id is None and look:
                run = self.commands
                command_id = run.fleet.find_sent(comment_of(run.plan, chunk.number, self.chunks))
            if command_id is not None:
                self._watch(chunk, command_id, known.instance_ids if known else chunk.instance_ids)

    def send(self, wave: Sequence[Chunk]) -> None:
        """Send what may go now; the rest of it goes as `wait` sees hosts end.

        Raises:
            CannotRunError: nothing was sent.
        """
        self._queue.extend(chunk for chunk in wave if chunk.number not in self._taken)
        self._go()

    def wait(self, at_most: float | None = None) -> None:
        """See everything to its end that was sent, and send the rest meanwhile."""
        while self.commands.wait(at_most, until=self._may_go) and self._queue:
            self._go()
        self._stop(OrchError("the hosts before it did not end in time", cause="held-back"))

    def hold_back(self, chunks: Iterable[Chunk], why: OrchError) -> None:
        """Nothing is sent to these any more, as far as nothing has been."""
        for chunk in chunks:
            for instance_id in chunk.instance_ids:
                if instance_id not in self.commands.sent_to:
                    self.commands.kept_back.setdefault(instance_id, why)

    def give_up(self, error: CannotRunError) -> None:
        """Send nothing of what is still to be sent."""
        self.failed = error
        self._stop(error)

    def _may_go(self) -> bool:
        if not self._queue:
            return False
        under_way = self.commands.under_way
        fits = under_way + len(self._queue[0].instance_ids) <= self.budget.at_once
        return not under_way or fits or self._is_used_up()

    def _is_used_up(self) -> bool:
        return self.commands.errors > self.budget.errors

    def _go(self) -> None:
        while self._may_go():
            if self._is_used_up():
                self._stop(_used_up(self.commands.errors, self.budget))
                return
            if self.commands.keeping.is_stopped():
                self._stop(OrchError("the run was cancelled before it was sent"))
                return
            try:
                self._send(self._queue[0])
            except CannotRunError as error:
                if not self.commands.sent:
                    raise
                # Of this one it may be unknown whether it is out; the others are surely not.
                self.hold_back([self._queue[0]], error)
                self.failed = error
                self._stop(OrchError(f"a send before it failed: {error.what}"))
                return
            self._queue.popleft()

    def _stop(self, why: OrchError) -> None:
        self.hold_back(self._queue, why)
        self._queue.clear()

    def _send(self, chunk: Chunk) -> None:
        found = self._earlier(chunk) or self._anew(chunk)
        if found is not None:
            self._watch(chunk, *found)

    def _watch(self, chunk: Chunk, command_id: str, ids: tuple[str, ...]) -> None:
        self._taken.add(chunk.number)
        self.commands.keeping.sent(chunk.number, command_id)
        self.commands.watch(command_id, ids)
        self.commands.listener.sent(command_id, len(ids), chunk.number, self.chunks)

    @property
    def in_flight(self) -> Sequence[Chunk]:
        """The chunk that is being sent, if any is."""
        return [self._queue[0]] if self._queue else []

    def _earlier(self, chunk: Chunk) -> tuple[str, tuple[str, ...]] | None:
        """The command that an earlier process sent; looked for where its answer was not seen."""
        if not self.resumed:
            return None
        run, known = self.commands, self.known.get(chunk.number)
        comment = comment_of(run.plan, chunk.number, self.chunks)
        if known is None:
            # Where the journal failed it may have gone out all the same; that was long ago.
            command_id = run.fleet.find_sent(comment)
            return (command_id, chunk.instance_ids) if command_id else None
        # One with an id was taken up already.
        command_id = find(comment, run.fleet, run.clock)
        return (command_id, known.instance_ids) if command_id else None

    def _anew(self, chunk: Chunk) -> tuple[str, tuple[str, ...]] | None:
        """Sent now. One id that SSM knows no longer fails the call for all, so it is left out."""
        run, ids = self.commands, chunk.instance_ids
        run.keeping.sending(chunk.number, ids)
        self.sent_anew = True
        try:
            return send(self._request(chunk.number, ids), run.fleet, run.clock), ids
        except NotManagedError as error:
            managed = run.fleet.describe(ids)
            still = tuple(one for one in ids if one in managed)
            if still == ids or not (still or run.sent):
                raise
            gone = tuple(one for one in ids if one not in managed)
            self.hold_back([Chunk(chunk.number, gone)], error)
        if not still:
            return None
        run.keeping.sending(chunk.number, still)
        return send(self._request(chunk.number, still), run.fleet, run.clock), still

    def _request(self, number: int, ids: tuple[str, ...]) -> SendRequest:
        plan, most = self.commands.plan, self.budget.at_once
        left = self.budget.errors - self.commands.errors
        # SSM's own is 50 at once, whatever a command is for.
        most_said = str(most) if most < len(ids) else "100%" if plan.tags else ""
        return SendRequest(
            document=plan.document,
            instance_ids=() if plan.tags else ids,
            tags=plan.tags,
            commands=tuple(plan.script.text.split("\n")),
            delivery_timeout=plan.delivery_timeout,
            execution_timeout=plan.execution_timeout,
            comment=comment_of(plan, number, self.chunks),
            output_s3=plan.output_s3,
            max_concurrency=most_said,
            # The service's own budget of 0 errors would stop all others after the first that fails.
            max_errors=str(left) if plan.pace.max_errors else "100%",
        )


def send_to_all(commands: Commands, instance_ids: Sequence[str]) -> Outgoing:
    """Send to all of these at once, whatever fails.

    Raises:
        CannotRunError: nothing was sent.
    """
    (chunks,) = waves(Pace(), instance_ids) or [[]]
    outgoing = Outgoing(commands, budget(Pace(), len(instance_ids)), len(chunks))
    outgoing.send(chunks)
    return outgoing


def comment_of(plan: Plan, number: int, chunks: int) -> str:
    """What tells a chunk's command from all others: the run's id, and which of its chunks it is."""
    return plan.comment if chunks == 1 else f"{plan.comment[:88]} {number + 1}/{chunks}"


def _used_up(errors: int, budget: Budget) -> OrchError:
    what = f"{hosts_words(errors)} failed before it, and --max-errors allows {budget.errors}"
    return OrchError(what, cause="held-back")
