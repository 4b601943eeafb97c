"""The run: check, send, wait, read. It interprets the plan and decides nothing else."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace

from orchestrator.errors import CannotRunError, InterruptedRunError
from orchestrator.model.plan import Plan
from orchestrator.model.report import Report
from orchestrator.ports import Clock, Fleet, Journal, Listener, PolicyReader
from orchestrator.run.command import Commands
from orchestrator.run.keeping import Keeping
from orchestrator.run.results import Results
from orchestrator.run.targets import Targets, find_targets


@dataclass(slots=True)
class _Stages:
    """How long each stage took, in seconds."""

    clock: Clock
    listener: Listener
    spent: dict[str, float] = field(default_factory=dict)

    @contextmanager
    def stage(self, name: str) -> Iterator[None]:
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
    started = clock.now()
    stages = _Stages(clock, listener)
    keeping = Keeping(journal, plan.run_id)
    commands = Commands(plan, fleet, clock, listener, keeping)
    with stages.stage("check"):
        targets = targets or find_targets(plan, fleet)
    notes = list(targets.notes)
    keeping.begin(plan, started, targets.managed, asked=targets.asked)
    with stages.stage("send"):
        stopped = _send(commands, targets.reachable, notes)
    interrupted = stopped or _wait(commands, stages, notes)
    if interrupted:
        with stages.stage("cancel"):
            _cancel(commands, notes)
    with stages.stage("read"):
        results = Results(commands, targets, None if interrupted else policies)
        hosts = tuple(results.report(instance_id) for instance_id in plan.targets)
    report = Report(
        plan=plan,
        hosts=hosts,
        started=started,
        ended=clock.now(),
        api_calls=fleet.calls(),
        timings={**stages.spent, "total": sum(stages.spent.values())},
        interrupted=interrupted,
        notes=tuple(notes),
    )
    keeping.end(report)
    return replace(report, notes=(*notes, *keeping.notes))


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
        if not commands.sent:
            raise
        notes.append(f"not everything was sent: {error}")
        commands.unsent = error
    return False


def _wait(commands: Commands, stages: _Stages, notes: list[str]) -> bool:
    """Wait for the end; True where the person stopped it."""
    try:
        with stages.stage("wait"):
            commands.wait()
    except KeyboardInterrupt:
        return True
    except CannotRunError as error:
        commands.unwatched = error.what
        notes.append(f"the end could not be seen; the command is {', '.join(commands.sent)}")
    return False


def _cancel(commands: Commands, notes: list[str]) -> None:
    """Cancel whatever was sent, and see how that ends."""
    try:
        commands.cancel()
    except CannotRunError as error:
        notes.append(f"cancelling failed: {error}")
    except KeyboardInterrupt:
        notes.append("stopped again while waiting for the cancelled command to end")
