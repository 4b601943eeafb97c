"""The run: check, send, wait, read. It interprets the plan and decides nothing else."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from orchestrator.errors import CannotRunError
from orchestrator.model.enums import Outcome
from orchestrator.model.plan import Plan
from orchestrator.model.report import HostReport, HostTask, Report
from orchestrator.ports import Clock, Fleet, Journal, Listener, PolicyReader
from orchestrator.run.begun import Begun, Stages
from orchestrator.run.command import CANCEL_WAIT, Commands
from orchestrator.run.delivery import Delivery
from orchestrator.run.hosts import HostBook
from orchestrator.run.keeping import Keeping
from orchestrator.run.results import Results
from orchestrator.run.targets import Targets, find_targets
from orchestrator.run.task import put_back


def run(
    plan: Plan,
    fleet: Fleet,
    clock: Clock,
    listener: Listener,
    policies: PolicyReader | None = None,
    *,
    targets: Targets | None = None,
    journal: Journal | None = None,
    alone: bool = True,
) -> Report:
    """Carry out the plan. Policies are read only where one may be the cause of a failure.

    ``targets`` are the plan's, where SSM was asked for them already. The ``journal`` is written to
    as things happen; without one the run cannot be resumed. Where the run is not ``alone`` but one
    of several, also one that could send nothing ends in a report.

    Raises:
        CannotRunError: nothing was sent: no target is managed, no credentials, no access.
        InterruptedRunError: stopped by the person before anything was sent for certain.
    """
    stages = Stages(clock, listener)
    keeping = Keeping(journal, plan.run_id)
    commands = Commands(plan, fleet, clock, listener, keeping)
    started = clock.now()
    with stages.stage("check"):
        targets = targets or find_targets(plan, fleet)
    keeping.begin(plan, started, targets.managed, asked=targets.asked)
    notes = [*targets.notes]
    return complete(Begun(commands, targets, stages, started, policies, notes, alone=alone))


def complete(begun: Begun, *, stop: bool = False, at_most: float | None = None) -> Report:
    """See it to its end, and report it.

    ``stop``: it is to be cancelled as soon as all that was sent is known. ``at_most``: seconds that
    are left for what was sent already.

    Raises:
        CannotRunError: nothing was sent.
        InterruptedRunError: stopped by the person before anything was sent for certain.
    """
    commands, stages, notes = begun.commands, begun.stages, begun.notes
    plan, clock = commands.plan, commands.clock
    interrupted = Delivery(begun).carry_out(stop=stop, at_most=at_most)
    in_a_hurry = False
    if interrupted:
        with stages.stage("cancel"):
            in_a_hurry = _cancel(commands, notes)
    with stages.stage("read"):
        targets = (*plan.targets, *commands.strays)
        book = HostBook(commands.keeping, targets)
        policies = None if interrupted else begun.policies
        results = Results(plan, commands.fleet, begun.targets, policies)
        for instance_id in targets:
            book.add(results.report(commands.told(instance_id)))
    dirty = [instance_id for instance_id in targets if instance_id in book.dirty]
    if dirty and plan.restore is not None and not in_a_hurry:
        with stages.stage("restore"):
            most = CANCEL_WAIT if interrupted else None
            for task in _put_back(plan.restore, commands, dirty, notes, most):
                book.add(_after(book.host(task.instance_id), task))
    book.write()
    report = Report(
        run_id=plan.run_id,
        plans=(plan,),
        hosts=book.hosts(),
        tally=book.tally(),
        started=begun.started,
        ended=clock.now(),
        api_calls=commands.fleet.calls(),
        timings={**stages.spent, "total": sum(stages.spent.values())},
        interrupted=interrupted,
        notes=tuple(notes),
    )
    if not in_a_hurry and not commands.unwatched:
        # What somebody left in a hurry, or could not watch, can be taken up again.
        commands.keeping.end(report)
    return replace(report, notes=(*notes, *commands.keeping.notes))


def _put_back(
    plan: Plan, run: Commands, dirty: list[str], notes: list[str], at_most: float | None
) -> Sequence[HostTask]:
    """Send what puts it back, and say what became of it."""
    try:
        return put_back(plan, run, dirty, at_most)
    except KeyboardInterrupt:
        notes.append("stopped while it was put back; `orch restore` does it again")
    except CannotRunError as error:
        notes.append(f"what may be left could not be put back: {error.what}")
    return ()


def _after(host: HostReport, task: HostTask) -> HostReport:
    """What was put back is left no more; what nobody could put back still is."""
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
        how = f"`orch runs resume {commands.plan.run_id}` sees it to its end"
        notes.append(f"stopped again while waiting for the cancelled command to end; {how}")
        return True
    return False
