"""The hosts are sent to wave by wave, and each wave is waited for."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from itertools import chain

from orchestrator.errors import CannotRunError, InterruptedRunError, LostAnswerError, OrchError
from orchestrator.model.enums import Outcome
from orchestrator.run.begun import Begun
from orchestrator.run.outgoing import Outgoing
from orchestrator.run.pacing import Chunk, all_waves, budget
from orchestrator.run.results import Results


class Delivery:
    """Sends wave by wave, and waits for each."""

    def __init__(self, begun: Begun) -> None:
        self._begun = begun
        self._commands = begun.commands
        plan, reachable = begun.commands.plan, begun.targets.reachable
        self._waves = all_waves(plan, reachable)
        chunks = sum(len(wave) for wave in self._waves)
        allowed = budget(plan.pace, len(reachable))
        self._outgoing = Outgoing(
            begun.commands, allowed, chunks, begun.known, resumed=begun.resumed
        )

    def carry_out(self, *, stop: bool, at_most: float | None) -> bool:
        """Send all of it that may go, and wait for its end; True where the person stopped it.

        ``stop``: nothing is sent any more, and what an earlier process may have sent is looked for.
        """
        try:
            if self._begun.resumed:
                self._outgoing.take_up(chain.from_iterable(self._waves), look=stop)
            if stop:
                self._hold_back_all(InterruptedRunError("cancelled before it was sent"))
                return True
            for number, wave in enumerate(self._waves):
                why = self._objection() if number else None
                if why is not None:
                    self._outgoing.hold_back(wave, why)
                elif self._send(wave) or self._wait(at_most):
                    return True
            return False
        finally:
            self._say_what_was_kept_back()

    def _send(self, wave: Sequence[Chunk]) -> bool:
        """True where the person stopped it, when a command had been sent already."""
        try:
            with self._begun.stages.stage("send"):
                self._outgoing.send(wave)
        except KeyboardInterrupt:
            self._stopped_while_sending()
            return True
        except CannotRunError as error:
            self._sent_nothing(error)
        return False

    def _stopped_while_sending(self) -> None:
        commands = self._commands
        mend = f"look for the comment {commands.plan.comment!r} in `aws ssm list-commands`"
        if not commands.sent and self._begun.alone:
            what = "stopped while the command was being sent"
            mend = f"it may run all the same: {mend}"
            raise InterruptedRunError(what, where="SendCommand", mend=mend) from None
        if commands.sent_to != set(self._begun.targets.reachable):
            note = f"stopped while it was being sent; what was sent last may run: {mend}"
            self._begun.notes.append(note)
        what = "stopped by Ctrl-C while it was being sent"
        perhaps = InterruptedRunError(what, cause="perhaps-sent")
        self._outgoing.hold_back(self._outgoing.in_flight, perhaps)
        self._hold_back_all(InterruptedRunError("stopped by Ctrl-C before it was sent"))

    def _sent_nothing(self, error: CannotRunError) -> None:
        if not self._begun.alone:
            self._outgoing.give_up(error)
            self._hold_back_all(error)
            return
        if isinstance(error, LostAnswerError):
            # The only command may be out: the run is kept, to be taken up where that is known.
            mend = f"`orch runs resume {self._commands.plan.run_id}` finds out; or {error.mend}"
            what, where, cause = error.what, error.where, error.cause
            raise LostAnswerError(what, where=where, mend=mend, cause=cause) from error
        if not self._begun.resumed:
            self._commands.keeping.forget()
        raise error

    def _hold_back_all(self, why: OrchError) -> None:
        self._outgoing.hold_back(chain.from_iterable(self._waves), why)

    def _wait(self, at_most: float | None) -> bool:
        """True where the person stopped it."""
        commands = self._commands
        try:
            with self._begun.stages.stage("wait"):
                # What is sent now has all its time, however long ago the run began.
                self._outgoing.wait(None if self._outgoing.sent_anew else at_most)
        except KeyboardInterrupt:
            why = InterruptedRunError("stopped by Ctrl-C before it was sent")
            self._hold_back_all(why)
            return True
        except CannotRunError as error:
            commands.unwatched = error.what
            self._hold_back_all(error)
            which = ", ".join(commands.sent)
            how = f"`orch runs resume {commands.plan.run_id}` looks again"
            self._begun.notes.append(f"the end could not be seen; the command is {which}; {how}")
        return False

    def _objection(self) -> OrchError | None:
        """Why the rest is not to be sent after the canary."""
        results = Results(self._commands.plan, self._commands.fleet, self._begun.targets)
        for chunk in self._waves[0]:
            for instance_id in chunk.instance_ids:
                outcome = results.report(self._commands.told(instance_id)).outcome
                if outcome is not Outcome.PASS:
                    what = f"the canary {instance_id} is {outcome}"
                    return OrchError(what, cause="held-back")
        return None

    def _say_what_was_kept_back(self) -> None:
        notes, kept_back = self._begun.notes, self._commands.kept_back
        if self._outgoing.failed is not None:
            notes.append(f"not everything was sent: {self._outgoing.failed}")
        said = Counter(error.what for error in kept_back.values() if error.cause == "held-back")
        for what, count in said.items():
            hosts = "1 host was" if count == 1 else f"{count} hosts were"
            notes.append(f"{hosts} not sent to: {what}")
