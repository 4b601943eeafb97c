"""The journal as the run uses it: where it fails, the run goes on and says so once."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime

from orchestrator.errors import JournalError
from orchestrator.model.fleet import Invocation, ManagedInstance
from orchestrator.model.journal import Closing
from orchestrator.model.plan import Plan
from orchestrator.model.report import HostReport, Report
from orchestrator.ports import Journal


@dataclass(slots=True)
class Keeping:
    """Writes one run down. Without a journal, or after it failed, nothing is written.

    ``notes`` says what could not be kept, for the report. The methods are those of the port, with
    the run's id filled in; none of them raises. ``origin`` is the journal that was begun with: what
    was written before it failed may still be read.
    """

    journal: Journal | None
    run_id: str
    notes: list[str] = field(default_factory=list)
    origin: Journal | None = field(init=False)

    def __post_init__(self) -> None:
        self.origin = self.journal

    def begin(
        self,
        plan: Plan,
        started: datetime,
        managed: Mapping[str, ManagedInstance],
        *,
        asked: bool,
    ) -> None:
        """The run is about to send."""
        self._write(lambda journal: journal.begin(plan, started, managed, asked=asked))

    def sending(self, number: int, instance_ids: Sequence[str]) -> None:
        """A chunk is about to be sent."""
        self._write(lambda journal: journal.sending(self.run_id, number, instance_ids))

    def sent(self, number: int, command_id: str) -> None:
        """The chunk has this command."""
        self._write(lambda journal: journal.sent(self.run_id, number, command_id))

    def took(self, invocations: Sequence[Invocation]) -> bool:
        """These have ended; whether that is written down."""
        if invocations:
            self._write(lambda journal: journal.took(self.run_id, invocations))
        return self.journal is not None

    def invocation(self, instance_id: str) -> Invocation | None:
        """What was written down of the host."""
        with self._careful():
            return self.origin.invocation(self.run_id, instance_id) if self.origin else None
        return None

    def judged(self, hosts: Sequence[HostReport]) -> bool:
        """What came of these; whether that is written down."""
        self._write(lambda journal: journal.judged(self.run_id, hosts))
        return self.journal is not None

    def is_stopped(self) -> bool:
        """Whether somebody has cancelled the run from elsewhere."""
        with self._careful():
            return self.journal.is_stopped(self.run_id) if self.journal else False
        return False

    def forget(self) -> None:
        """Nothing was sent, for certain."""
        self._write(lambda journal: journal.forget(self.run_id))

    def end(self, report: Report) -> None:
        """The run is over."""
        closing = Closing(
            ended=report.ended,
            outcome=report.outcome,
            exit_code=report.exit_code,
            api_calls=report.api_calls,
            timings=report.timings,
            interrupted=report.interrupted,
            notes=report.notes,
        )
        self._write(lambda journal: journal.end(self.run_id, closing))

    def past_seconds(self, plan_sha256: str) -> Sequence[float]:
        """How long hosts took of late that were asked the same; empty if nobody knows."""
        with self._careful():
            return self.journal.past_seconds(plan_sha256) if self.journal else ()
        return ()

    def _write(self, write: Callable[[Journal], None]) -> None:
        with self._careful():
            if self.journal is not None:
                write(self.journal)

    @contextmanager
    def _careful(self) -> Iterator[None]:
        try:
            yield
        except JournalError as error:
            self.journal = None
            lost = "the run goes on, and cannot be resumed from there"
            self.notes.append(f"the journal: {error.where}: {error.what}; {lost}: {error.mend}")
