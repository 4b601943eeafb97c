"""What was collected, in short: a line an execution, then who is otherwise than before."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from orchestrator.model.enums import Outcome
from orchestrator.model.history import Seen
from orchestrator.model.report import Report
from orchestrator.model.schedule import Change, Collected
from orchestrator.wording import hosts_words

MOST_CHANGES = 10
"""Hosts that are named of one execution; more are counted."""

SHOWN_ID = 23
"""Characters of an execution's id: what begins so is found by `orch runs show`."""


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
        at, shown = f"{item.started:%Y-%m-%d %H:%M}", item.run_id[:SHOWN_ID]
        counts = _counts(item.tally, item.hosts)
        yield f"{item.outcome:<7}", f"  {at}  {shown}  {counts}", item.outcome
        for line in _changes(item.changes):
            yield "", f"         {line}", ""
        for note in item.notes:
            yield "", f"         {note}", ""


def _changes(changes: Sequence[Change]) -> Iterator[str]:
    """Few hosts one by one; of many, how many changed alike."""
    if len(changes) <= MOST_CHANGES:
        for change in changes:
            name = f"{change.instance_id} {change.name.partition('.')[0]}".rstrip()
            yield f"{name}: {_words(change)}"
        return
    alike = Counter(map(_words, changes))
    for words, count in alike.most_common():
        yield f"{hosts_words(count)}: {words}"


def _words(change: Change) -> str:
    cause = f" [{change.cause}]" if change.cause else ""
    return f"{change.before or 'new'} -> {change.now}{cause}"


def _counts(tally: Mapping[Outcome, int], hosts: int) -> str:
    said = ", ".join(f"{tally[outcome]} {outcome}" for outcome in Outcome if tally.get(outcome))
    return said or ("no host" if not hosts else f"{hosts} hosts")
