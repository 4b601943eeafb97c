"""Runs that were begun before: taken up, watched while another process goes on, or cancelled."""

from __future__ import annotations

from contextlib import ExitStack
from typing import TYPE_CHECKING

from orchestrator.cli.runs_commands import find_run, place_of, report_of
from orchestrator.cli.state import own_state
from orchestrator.errors import UsageError
from orchestrator.journal import holding, is_held
from orchestrator.model.progress import Look

if TYPE_CHECKING:
    from orchestrator.cli.edges import Edges
    from orchestrator.journal import SqliteJournal
    from orchestrator.model.journal import KeptRun
    from orchestrator.model.report import Report
    from orchestrator.ports import Clock, Listener
    from orchestrator.run.together import Work

PAUSE = 1.0
"""Seconds between two looks at what another process has written down."""


def resume(
    journal: SqliteJournal,
    parts: list[KeptRun],
    profile: str | None,
    *,
    quiet: bool,
    stop: bool = False,
) -> Report:
    """See the run to its end, by cancelling it if ``stop``; the report of one that has ended.

    Raises:
        RunHeldError: another process does so.
        CannotRunError: AWS cannot be asked.
    """
    from orchestrator.cli.progress import Progress
    from orchestrator.run import together
    from orchestrator.waiting.clock import StoppableClock, Stops, SystemClock

    going = [part for part in parts if not _is_over(part)]
    if not going:
        return report_of(journal, parts)
    _refuse_scheduled(going)
    with ExitStack() as held, Progress(quiet=quiet) as progress:
        for part in going:
            held.enter_context(holding(own_state(), part.record.run_id))
        if len(parts) == 1:
            return _work(journal, going[0], profile, SystemClock(), stop=stop)(progress)
        stops = Stops()
        together(
            going[0].record.whole,
            {
                place_of(part): _work(
                    journal, part, profile, StoppableClock(stops), stop=stop, alone=False
                )
                for part in going
            },
            progress,
            stops.stop,
        )
    return report_of(journal, find_run(journal, parts[0].record.whole))


def attach(
    journal: SqliteJournal,
    parts: list[KeptRun],
    profile: str | None,
    *,
    quiet: bool,
    stop: bool = False,
) -> Report:
    """The report of the run, once the process that sees it to its end has done so.

    Where that process is gone before it has, the run is taken up: cancelled, if ``stop``.

    Raises:
        CannotRunError: that process is gone, and AWS cannot be asked.
    """
    from orchestrator.cli.progress import Progress
    from orchestrator.waiting.clock import SystemClock

    run_id = parts[0].record.whole or parts[0].record.run_id
    clock = SystemClock()
    begun = clock.monotonic()
    with Progress(quiet=quiet) as progress:
        progress.stage("wait", f"watching the run {run_id}; Ctrl-C leaves it going on")
        while any(is_held(own_state(), part.record.run_id) for part in parts):
            ended = sum(journal.seen(part.record.run_id) for part in parts)
            hosts = sum(len(part.plan.targets) for part in parts)
            counts = {"ended": ended, "waiting": hosts - ended}
            progress.look(Look(clock.monotonic() - begun, counts))
            clock.sleep(PAUSE)
    return resume(journal, find_run(journal, run_id), profile, quiet=quiet, stop=stop)


def cancel(
    journal: SqliteJournal, parts: list[KeptRun], profile: str | None, *, quiet: bool
) -> Report:
    """Cancel what the run has sent. Whoever sees it to its end goes on, and is waited for.

    Raises:
        UsageError: it has ended.
        CannotRunError: AWS cannot be asked.
    """
    run_id = parts[0].record.whole or parts[0].record.run_id
    going = [part for part in parts if part.closing is None]
    _refuse_scheduled(going)
    if not going:
        mend = f"`orch runs show {run_id}` shows its report"
        raise UsageError(f"the run {run_id} has ended", where="RUN", mend=mend)
    if not any(is_held(own_state(), part.record.run_id) for part in going):
        return resume(journal, parts, profile, quiet=quiet, stop=True)
    # First that nothing more is sent, then what has been: it is read again after the first.
    journal.stop([part.record.run_id for part in going])
    for part in find_run(journal, run_id):
        aws = _edges(part, profile)
        for chunk in part.chunks if part.closing is None else ():
            if chunk.command_id is not None:
                aws.fleet.cancel(chunk.command_id)
    return attach(journal, parts, profile, quiet=quiet, stop=True)


def _refuse_scheduled(going: list[KeptRun]) -> None:
    """What State Manager runs is not ours to send, and not ours to stop."""
    for part in going:
        if schedule := part.plan.schedule:
            what = f"State Manager runs {part.record.run_id}, by the schedule {schedule}"
            mend = f"`orch collect {schedule}` looks how it goes on"
            raise UsageError(what, where="RUN", mend=mend)


def _is_over(kept: KeptRun) -> bool:
    """Whether nothing can come any more. A command that may be out can still be found.

    One from another journal is not ours to look for.
    """
    if kept.record.origin:
        return True
    return kept.closing is not None and all(chunk.command_id for chunk in kept.chunks)


def _edges(kept: KeptRun, profile: str | None) -> Edges:
    from orchestrator.cli.edges import edges

    own, target = profile or kept.options.get("profile"), kept.options.get("target_profile")
    return edges(own, target, kept.plan.procedure.region, kept.plan.account_role)


def _work(
    journal: SqliteJournal,
    kept: KeptRun,
    profile: str | None,
    clock: Clock,
    *,
    stop: bool,
    alone: bool = True,
) -> Work:
    from orchestrator.run import resume as take_up

    aws = _edges(kept, profile)

    def work(listener: Listener) -> Report:
        return take_up(
            kept,
            journal.invocations(kept.record.run_id),
            aws.fleet,
            clock,
            listener,
            journal=journal,
            policies=aws.policies,
            stop=stop,
            alone=alone,
        )

    return work
