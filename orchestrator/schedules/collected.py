"""What was collected, in short: a line an execution, then who is otherwise than before."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field

from orchestrator.model.enums import Outcome
from orchestrator.model.history import Seen
from orchestrator.model.report import Report
from orchestrator.model.schedule import Change, Collected

MOST_CHANGES = 10
"""Hosts that are named of one execution; more are counted."""


@dataclass(slots=True)
class Telling:
    """Goes through executions oldest first, and remembers how each host stood before."""

    _last: dict[str, Outcome] = field(default_factory=dict)

    def begin(self, seen: Iterable[Seen]) -> None:
        """What was known before, oldest first."""
        for item in seen:
            self._last[item.instance_id] = item.outcome

    def tell(self, report: Report) -> Collected:
        """One execution. What has not ended says nothing yet of hosts that are unknown in it."""
        changes = []
        for host in report.hosts:
            before = self._last.get(host.instance_id)
            cause = host.causes[0].id if host.causes else ""
            if host.outcome is not before and cause != "still-pending":
                changes.append(Change(host.instance_id, host.name, before, host.outcome, cause))
                self._last[host.instance_id] = host.outcome
        return Collected(
            run_id=report.run_id,
            schedule=report.plan.schedule,
            started=report.started,
            outcome=report.outcome,
            tally=dict(report.tally),
            hosts=len(report.hosts),
            changes=tuple(changes),
            notes=report.notes,
        )


def lines(collected: Iterable[Collected]) -> Iterator[tuple[str, str, str]]:
    """Each line as the outcome that begins it, the rest, and what style that outcome has."""
    for item in collected:
        yield (
            f"{item.outcome:<7}",
            f"  {item.started:%Y-%m-%d %H:%M}  {item.run_id}  {_counts(item.tally, item.hosts)}",
            item.outcome,
        )
        for change in item.changes[:MOST_CHANGES]:
            name = f"{change.instance_id} {change.name}".rstrip()
            cause = f" [{change.cause}]" if change.cause else ""
            yield "", f"         {name}: {change.before or 'new'} -> {change.now}{cause}", ""
        if (more := len(item.changes) - MOST_CHANGES) > 0:
            yield "", f"         and {more} more; `orch runs show {item.run_id}`", ""
        for note in item.notes:
            yield "", f"         {note}", ""


def _counts(tally: Mapping[Outcome, int], hosts: int) -> str:
    said = ", ".join(f"{tally[outcome]} {outcome}" for outcome in Outcome if tally.get(outcome))
    return said or ("no host" if not hosts else f"{hosts} hosts")
