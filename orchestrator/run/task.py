"""A task on hosts that proves nothing: sent, waited for, read. The host says what became of it."""

from __future__ import annotations

from collections.abc import Sequence

from orchestrator.errors import CannotRunError
from orchestrator.model.enums import Outcome
from orchestrator.model.evidence import Evidence
from orchestrator.model.plan import Plan
from orchestrator.model.report import HostTask, TaskReport
from orchestrator.ports import Clock, Fleet, Listener
from orchestrator.run.command import Commands
from orchestrator.run.keeping import Keeping
from orchestrator.run.outgoing import send_to_all
from orchestrator.run.results import Results
from orchestrator.run.targets import Targets, find_targets


def run_task(plan: Plan, fleet: Fleet, clock: Clock, listener: Listener) -> TaskReport:
    """Carry out the task on all targets of the plan.

    Raises:
        CannotRunError: nothing was sent: no target is managed, no credentials, no access.
    """
    listener.stage("check")
    targets = find_targets(plan, fleet)
    commands = Commands(plan, fleet, clock, listener, Keeping(None, plan.run_id))
    listener.stage("send")
    outgoing = send_to_all(commands, targets.reachable)
    notes, interrupted = list(targets.notes), False
    try:
        outgoing.wait()
    except KeyboardInterrupt:
        interrupted = True
        notes.append("stopped before the end was seen; what was sent goes on there")
    except CannotRunError as error:
        commands.unwatched = error.what
        notes.append(f"the end could not be seen: {error.what}")
    listener.stage("read")
    hosts = tuple(_host(instance_id, commands, targets) for instance_id in plan.targets)
    return TaskReport(plan, hosts, fleet.calls(), interrupted, tuple(notes))


def put_back(
    plan: Plan, run: Commands, instance_ids: Sequence[str], at_most: float | None = None
) -> tuple[HostTask, ...]:
    """Put back on these hosts what the run left there, as far as SSM reaches them.

    It waits for so many seconds at most; as long as the plan says where none are given.

    Raises:
        CannotRunError: nothing could be sent, or nobody saw how it ended.
        KeyboardInterrupt: the person did not want to wait.
    """
    managed = run.fleet.describe(instance_ids)
    online = tuple(i for i in instance_ids if i in managed and managed[i].ping_status == "Online")
    keeping = Keeping(None, plan.run_id)
    commands = Commands(plan, run.fleet, run.clock, run.listener, keeping)
    send_to_all(commands, online).wait(at_most)
    targets = Targets(managed, True, online)
    return tuple(_host(instance_id, commands, targets) for instance_id in instance_ids)


def _host(instance_id: str, commands: Commands, targets: Targets) -> HostTask:
    managed = targets.managed.get(instance_id)
    invocation = commands.seen.get(instance_id)
    told = commands.told(instance_id)
    found = Results(commands.plan, commands.fleet, targets).evidence(told)
    outcome, said, left = _meaning(found, sent=commands.command_of(instance_id) is not None)
    return HostTask(
        instance_id=instance_id,
        name=managed.name if managed else "",
        outcome=outcome,
        command_id=commands.command_of(instance_id),
        status_details=invocation.status_details if invocation else "",
        said=said,
        left=left,
    )


def _meaning(found: object, *, sent: bool) -> tuple[Outcome, tuple[str, ...], tuple[str, ...]]:
    if not isinstance(found, Evidence):
        why = "the host gave no answer yet" if sent else "SSM cannot reach the host now"
        return Outcome.UNKNOWN, (why,), ()
    said = [f"run {name[4:]} {value}" for name, value in found.facts.items() if name[:4] == "run "]
    if found.facts.get("runs") == "0":
        said.append("there is nothing of it on the host")
    if found.facts.get("uninstall"):
        said.append(str(found.facts["uninstall"]))
    if found.fatal is not None:
        said.append(f"{' > '.join(found.fatal.raw.chain)}: {found.fatal.raw.message}")
        return Outcome.UNKNOWN, tuple(said), found.restored.left
    return found.own_verdict, tuple(said), found.restored.left
