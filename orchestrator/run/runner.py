"""The run: check, send, wait, read. It interprets the plan and decides nothing else."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import datetime

from orchestrator.errors import CannotRunError, InterruptedRunError, LostAnswerError
from orchestrator.model.enums import Outcome
from orchestrator.model.plan import Plan
from orchestrator.model.report import HostReport, HostTask, Report
from orchestrator.ports import Clock, Fleet, Journal, Listener, PolicyReader
from orchestrator.run.command import CANCEL_WAIT, Commands
from orchestrator.run.keeping import Keeping
from orchestrator.run.results import Results
from orchestrator.run.targets import Targets, find_targets
from orchestrator.run.task import put_back


@dataclass(slots=True)
class Stages:
    """How long each stage took, in seconds."""

    clock: Clock
    listener: Listener
    spent: dict[str, float] = field(default_factory=dict)

    @contextmanager
    def stage(self, name: str) -> Iterator[None]:
        """Tell of a stage, and take its time."""
        self.listener.stage(name)
        begun = self.clock.monotonic()
        try:
            yield
        finally:
            self.spent[name] = self.spent.get(name, 0.0) + self.clock.monotonic() - begun


def run(
    plan: Plan,
    fleet: Fleet,
    clock: Clock,
    listener: Listener,
    policies: PolicyReader | None = None,
    *,
    targets: Targets | None = None,
    journal: Journal | None = None,
) -> Report:
    """Carry out the plan. Policies are read only where one may be the cause of a failure.

    ``targets`` are the plan's, where SSM was asked for them already. The ``journal`` is written to
    as things happen; without one the run cannot be resumed.

    Raises:
        CannotRunError: nothing was sent: no target is managed, no credentials, no access.
        InterruptedRunError: stopped by the person before anything was sent for certain.
    """
    stages = Stages(clock, listener)
    keeping = Keeping(journal, plan.run_id)
    commands = Commands(plan, fleet, clock, listener, keeping)
    begun = Begun(commands, stages, clock.now(), policies)
    with stages.stage("check"):
        targets = targets or find_targets(plan, fleet)
    begun.notes.extend(targets.notes)
    keeping.begin(plan, begun.started, targets.managed, asked=targets.asked)
    with stages.stage("send"):
        stopped = _send(commands, targets.reachable, begun.notes)
    return complete(begun, targets, stopped=stopped)


@dataclass(frozen=True, slots=True)
class Begun:
    """A run whose commands are out. ``notes`` are for its report."""

    commands: Commands
    stages: Stages
    started: datetime
    policies: PolicyReader | None
    notes: list[str] = field(default_factory=list)


def complete(
    begun: Begun, targets: Targets, *, stopped: bool = False, at_most: float | None = None
) -> Report:
    """See it to its end, for so many seconds at most, and report it.

    ``stopped``: the person stopped it already.
    """
    commands, stages, notes = begun.commands, begun.stages, begun.notes
    plan, clock = commands.plan, commands.clock
    interrupted = stopped or _wait(commands, stages, notes, at_most)
    in_a_hurry = False
    if interrupted:
        with stages.stage("cancel"):
            in_a_hurry = _cancel(commands, notes)
    with stages.stage("read"):
        results = Results(commands, targets, None if interrupted else begun.policies)
        hosts = tuple(results.report(instance_id) for instance_id in plan.targets)
    dirty = [host.instance_id for host in hosts if _is_dirty(host)]
    if dirty and plan.restore is not None and not in_a_hurry:
        with stages.stage("restore"):
            tasks = _put_back(
                plan.restore, commands, dirty, notes, CANCEL_WAIT if interrupted else None
            )
            hosts = tuple(_after(host, tasks.get(host.instance_id)) for host in hosts)
    report = Report(
        plan=plan,
        hosts=hosts,
        started=begun.started,
        ended=clock.now(),
        api_calls=commands.fleet.calls(),
        timings={**stages.spent, "total": sum(stages.spent.values())},
        interrupted=interrupted,
        notes=tuple(notes),
    )
    commands.keeping.end(report)
    return replace(report, notes=(*notes, *commands.keeping.notes))


def _send(commands: Commands, reachable: tuple[str, ...], notes: list[str]) -> bool:
    """Send; True where the person stopped it when a command had been sent already."""
    try:
        commands.send(reachable)
    except KeyboardInterrupt:
        mend = f"look for the comment {commands.plan.comment!r} in `aws ssm list-commands`"
        if not commands.sent:
            what = "stopped while the command was being sent"
            mend = f"it may run all the same: {mend}"
            raise InterruptedRunError(what, where="SendCommand", mend=mend) from None
        if commands.sent_to != set(reachable):
            notes.append(f"stopped while it was being sent; what was sent last may run: {mend}")
            commands.unsent = InterruptedRunError("stopped by Ctrl-C before it was surely sent")
        return True
    except CannotRunError as error:
        if commands.sent:
            notes.append(f"not everything was sent: {error}")
            commands.unsent = error
            return False
        if isinstance(error, LostAnswerError):
            raise _to_be_resumed(error, commands) from error
        commands.keeping.forget()
        raise
    return False


def _to_be_resumed(error: LostAnswerError, commands: Commands) -> LostAnswerError:
    """The only command may be out: the run is kept, to be taken up where that is known."""
    mend = f"`orch runs resume {commands.plan.run_id}` finds out and goes on; or {error.mend}"
    return LostAnswerError(error.what, where=error.where, mend=mend, cause=error.cause)


def _wait(
    commands: Commands, stages: Stages, notes: list[str], at_most: float | None = None
) -> bool:
    """Wait for the end; True where the person stopped it."""
    try:
        with stages.stage("wait"):
            commands.wait(at_most)
    except KeyboardInterrupt:
        return True
    except CannotRunError as error:
        commands.unwatched = error.what
        notes.append(f"the end could not be seen; the command is {', '.join(commands.sent)}")
    return False


def _is_dirty(host: HostReport) -> bool:
    """Whether something may be left on the host that its own script did not put back."""
    return bool(host.left)


def _put_back(
    plan: Plan, run: Commands, dirty: list[str], notes: list[str], at_most: float | None
) -> Mapping[str, HostTask]:
    """Send what puts it back; what became of it, by host."""
    try:
        done = put_back(plan, run, dirty, at_most)
    except KeyboardInterrupt:
        notes.append("stopped while it was put back; `orch restore` does it again")
        return {}
    except CannotRunError as error:
        notes.append(f"what may be left could not be put back: {error.what}")
        return {}
    return {task.instance_id: task for task in done}


def _after(host: HostReport, task: HostTask | None) -> HostReport:
    """What was put back is left no more; what nobody could put back still is."""
    if task is None:
        return host
    if task.outcome is Outcome.UNKNOWN:
        return replace(host, put_back=task)
    return replace(host, put_back=task, left=task.left)


def _cancel(commands: Commands, notes: list[str]) -> bool:
    """Cancel whatever was sent, and see how that ends; True where the person stopped that too."""
    try:
        commands.cancel()
    except CannotRunError as error:
        notes.append(f"cancelling failed: {error}")
    except KeyboardInterrupt:
        notes.append("stopped again while waiting for the cancelled command to end")
        return True
    return False
