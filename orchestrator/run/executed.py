"""One execution of a schedule: its hosts' parts read, judged by what was asked then, and kept."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from orchestrator.errors import DeniedError
from orchestrator.model.evidence import Evidence
from orchestrator.model.fleet import FINAL, Invocation, ManagedInstance
from orchestrator.model.plan import Plan
from orchestrator.model.schedule import Execution, ExecutionTarget
from orchestrator.ports import Fleet, PolicyReader
from orchestrator.ports.schedules import ScheduleJournal
from orchestrator.run.results import Results
from orchestrator.run.targets import Targets
from orchestrator.run.told import Told
from orchestrator.run.whole import Said

SHOWN_LATE = timedelta(hours=1)
"""How long after an execution its commands may still not be shown."""

COMMANDS_KEPT = timedelta(days=30)
"""How long SSM is said to keep a command; AWS promises no time."""

_TOGETHER = 50
"""Hosts that are judged and written down together."""

_STATUSES = {"Skipped": "Success"}


@dataclass(frozen=True, slots=True)
class Executed:
    """One execution, and what is needed to judge it.

    ``missing`` says why nothing of it can be judged, and is empty where it can.
    """

    plan: Plan
    execution: Execution
    targets: Sequence[ExecutionTarget]
    missing: str = ""


class Judging:
    """Judges executions. ``policies`` are read for what has only just run."""

    def __init__(
        self,
        fleet: Fleet,
        journal: ScheduleJournal,
        now: datetime,
        policies: PolicyReader | None = None,
    ) -> None:
        self._fleet = fleet
        self._journal = journal
        self._now = now
        self._policies = policies

    def judge(self, done: Executed) -> bool:
        """Judge and keep every host that is not final yet; whether all of them are now."""
        run_id = done.plan.run_id
        left = [item for item in done.targets if not self._is_kept(run_id, item.instance_id)]
        rows = self._rows(done, left)
        final = True
        for begin in range(0, len(left), _TOGETHER):
            chunk = left[begin : begin + _TOGETHER]
            told = [self._told(done, item, rows.get(item.instance_id)) for item in chunk]
            final &= all(not item.pending for item in told)
            self._keep(done, told)
        return final

    def drop(self, plan: Plan, execution: Execution, why: str) -> None:
        """Keep of every host that is not final that nothing of it can be known any more."""
        targets = [
            ExecutionTarget(instance_id, execution.status, execution.details)
            for instance_id in plan.targets
        ]
        self.judge(Executed(plan, execution, targets, why))

    def _is_kept(self, run_id: str, instance_id: str) -> bool:
        """Whether it was judged by what will not change any more."""
        known = self._journal.invocation(run_id, instance_id)
        return known is not None and known.final

    def _rows(self, done: Executed, targets: Iterable[ExecutionTarget]) -> Mapping[str, Invocation]:
        """What SSM has of the commands, by host."""
        ids = () if done.missing else dict.fromkeys(item.command_id for item in targets)
        return {
            row.instance_id: row
            for command_id in filter(None, ids)
            for row in self._fleet.look(command_id)
        }

    def _told(self, done: Executed, item: ExecutionTarget, row: Invocation | None) -> Told:
        told = Told(item.instance_id, item.command_id or None, row)
        if done.missing:
            return replace(told, invocation=None, dropped=done.missing)
        if row is not None:
            return told if row.final else replace(told, pending=f"its status is {row.status}")
        if item.command_id and self._is_dropped(done.execution, item):
            what = f"State Manager says {item.details or item.status}; its command is not shown"
            return replace(told, dropped=f"{what} any more")
        if item.final and not item.command_id:
            return replace(told, invocation=_of_target(item))
        return replace(told, pending=f"State Manager says {item.details or item.status}")

    def _is_dropped(self, execution: Execution, item: ExecutionTarget) -> bool:
        """Whether a command that is not shown will not be: a host may still wait for its turn."""
        age = self._now - execution.created
        return age > (SHOWN_LATE if item.final else COMMANDS_KEPT)

    def _is_old(self, execution: Execution) -> bool:
        return self._now - execution.created > SHOWN_LATE

    def _keep(self, done: Executed, told: Sequence[Told]) -> None:
        """Judge these, and write down what came of them.

        Who gave no evidence is asked for, since SSM may say why: another platform, no agent.
        """
        said = {item.instance_id: self._results(done, {}).said(item) for item in told}
        silent = [name for name, one in said.items() if not _has_answered(one)]
        results = self._results(done, self._managed(done.execution, silent))
        hosts = [results.judged(item, said[item.instance_id]) for item in told]
        ended = [item.invocation or _dropped(item) for item in told if not item.pending]
        run_id = done.plan.run_id
        self._journal.judged(run_id, hosts)
        self._journal.took(run_id, ended)

    def _results(self, done: Executed, managed: Mapping[str, ManagedInstance]) -> Results:
        fresh = not self._is_old(done.execution)
        policies = self._policies if fresh else None
        return Results(done.plan, self._fleet, Targets(managed, False, ()), policies)

    def _managed(
        self, execution: Execution, instance_ids: Sequence[str]
    ) -> dict[str, ManagedInstance]:
        """What SSM says of these now, as far as it was so then: the platform, and a lost agent."""
        try:
            rows = self._fleet.describe(instance_ids) if instance_ids else {}
        except DeniedError:
            return {}
        return {name: _as_then(row, execution.created) for name, row in rows.items()}


def _has_answered(said: Said | None) -> bool:
    return said is not None and isinstance(said.evidence, Evidence)


def _as_then(row: ManagedInstance, created: datetime) -> ManagedInstance:
    """An agent that was heard of since the execution began was not lost then."""
    was_lost = row.last_ping is not None and row.last_ping < created
    return row if was_lost else replace(row, ping_status="")


def _of_target(item: ExecutionTarget) -> Invocation:
    """What State Manager says where it sent no command."""
    status = _STATUSES.get(item.status, item.status)
    if status not in FINAL:
        status = "Failed"
    return Invocation(item.instance_id, status, item.details or item.status)


def _dropped(item: Told) -> Invocation:
    """Nothing of it comes any more, so that nobody need ask again."""
    return Invocation(item.instance_id, "Failed", "")
