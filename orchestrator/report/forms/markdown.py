"""GitHub's Markdown, for the summary of a CI job: the verdict first, and why.

A step's summary may have 1 MiB. What does not fit is left out, and a line says how much.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial

from orchestrator.diagnose import CATALOGUE
from orchestrator.model.enums import Outcome
from orchestrator.model.history import Past
from orchestrator.model.report import Cause, HostReport, Report
from orchestrator.report.facts import in_short, left_on, place_of
from orchestrator.report.marked import code, details, fenced
from orchestrator.report.styled import plain
from orchestrator.report.text import MANY, NAMED, host_lines
from orchestrator.wording import duration_words, hosts_words, place_words

LIMIT = 1_000_000
"""Bytes of UTF-8 at most: below the 1,048,576 that a step's summary may have."""

_WORST_FIRST = (Outcome.FAIL, Outcome.UNKNOWN)
_TITLES = frozenset(rule.title for rule in CATALOGUE)
_SHARE_OF_TABLE, _SHARE_WITH_CAUSES = 0.4, 0.7


@dataclass(slots=True)
class _Room:
    """How many bytes are left, and how many things found no more room."""

    left: float
    dropped: int = 0

    def take(self, make: Callable[[], str]) -> Iterator[str]:
        """What is made, if it fits; then its room is taken. After the first that does not, none."""
        text = "" if self.dropped else make()
        size = len(text.encode())
        if self.dropped or size > self.left:
            self.dropped += 1
            return
        self.left -= size
        yield text


def pieces(report: Report, _past: Past) -> Iterator[str]:
    """The summary, a host at a time."""
    head = "".join(_head(report))
    yield head
    room = _Room(LIMIT * _SHARE_OF_TABLE - len(head.encode()))
    yield from _table(report, room)
    room = _Room(room.left + LIMIT * (_SHARE_WITH_CAUSES - _SHARE_OF_TABLE))
    yield from _causes(report, room)
    room = _Room(room.left)
    yield from _left(report, room)
    # The lines that say what was left out are short, and have the last few bytes.
    room = _Room(room.left + LIMIT * (1 - _SHARE_WITH_CAUSES) - 2_000)
    yield from _details(report, room)


def _head(report: Report) -> Iterator[str]:
    count = len(report.hosts)
    runbook = code(report.plan.procedure.runbook)
    yield f"# {report.outcome}: {runbook} on {hosts_words(count)}\n\n"
    said = [f"{report.tally.get(outcome, 0)} {outcome}" for outcome in Outcome]
    places = ", ".join(
        code(place_words(plan.procedure.region, plan.account_role)) for plan in report.plans
    )
    took = duration_words((report.ended - report.started).total_seconds())
    yield f"**{', '.join(said)}.** Run {code(report.run_id)} in {places}, "
    yield f"begun {report.started:%Y-%m-%d %H:%M:%S} UTC, took {took}.\n\n"
    if report.interrupted:
        yield "**It was interrupted**, so it says nothing of what was not yet observed.\n\n"
    if report.tally.get(Outcome.UNKNOWN):
        yield "UNKNOWN is neither passed nor failed: nobody could observe it.\n\n"
    if report.notes:
        notes = "\n".join(report.notes)
        yield f"{fenced(notes)}\n"


def _not_passed(report: Report) -> Iterator[HostReport]:
    """The worst first. Where all pass, no host is looked at."""
    for outcome in _WORST_FIRST:
        if report.tally.get(outcome):
            yield from (host for host in report.hosts if host.outcome is outcome)


def _table(report: Report, room: _Room) -> Iterator[str]:
    begun = False
    for host in _not_passed(report):
        if not begun:
            begun = True
            yield "| Host | Name | Where | Outcome | Cause |\n|---|---|---|---|---|\n"
        yield from room.take(partial(_row, host, report))
    if begun:
        yield "\n"
    yield from _cut(room, report, "that did not pass")


def _row(host: HostReport, report: Report) -> str:
    where = place_words(*place_of(host, report))
    cause = host.causes[0].id if host.causes else ""
    cells = (host.instance_id, host.name, where)
    told = " | ".join(code(cell, in_table=True) for cell in cells)
    return f"| {told} | {host.outcome} | {code(cause, in_table=True)} |\n"


def _causes(report: Report, room: _Room) -> Iterator[str]:
    """Each cause once, with its evidence and mend on the first host that has it."""
    first: dict[str, tuple[Cause, HostReport]] = {}
    counts: dict[str, int] = {}
    for host in _not_passed(report):
        for cause in host.causes:
            first.setdefault(cause.id, (cause, host))
            counts[cause.id] = counts.get(cause.id, 0) + 1
    if first:
        yield "## Why, and what mends it\n\n"
    for name in sorted(first, key=lambda name: -counts[name]):
        cause, host = first[name]
        yield from room.take(partial(_cause, cause, host, counts[name]))
    if room.dropped:
        yield f"{room.dropped} more causes are left out here.\n\n"


def _cause(cause: Cause, host: HostReport, count: int) -> str:
    sure = "" if cause.certain else ", possible"
    return (
        f"### {_title(cause)} ({code(cause.id)}{sure}): {hosts_words(count)}\n\n"
        f"On {code(host.instance_id)}:\n\n{fenced(cause.evidence)}\n"
        f"Mend:\n\n{fenced(cause.mend)}\n"
    )


def _left(report: Report, room: _Room) -> Iterator[str]:
    """It may lie on hosts that pass, too."""
    left = left_on(report)
    if left:
        yield "## Left on hosts\n\n"
    for item, ids in left.items():
        yield from room.take(partial(_left_item, item, ids))
    if room.dropped:
        yield f"{room.dropped} more are left out here.\n\n"


def _left_item(item: str, ids: Sequence[str]) -> str:
    named = ", ".join(map(code, ids[:NAMED]))
    more = f" and {len(ids) - NAMED} more" if len(ids) > NAMED else ""
    return f"On {hosts_words(len(ids))}: {named}{more}\n\n{fenced(item)}\n"


def _title(cause: Cause) -> str:
    """Our own words as they are. In a run that was imported they may be anybody's."""
    return cause.title if cause.title in _TITLES else code(cause.title)


def _details(report: Report, room: _Room) -> Iterator[str]:
    """Few hosts all; of many, those that did not pass."""
    few = len(report.hosts) <= MANY
    yield "## Hosts\n\n" if few and report.hosts else ""
    for host in report.hosts if few else _not_passed(report):
        yield from room.take(partial(_detail, host, report))
    yield from _cut(room, report, "in detail")


def _detail(host: HostReport, report: Report) -> str:
    said = plain(list(host_lines(host, report))).strip("\n")
    title = f"{host.instance_id} {host.name}".rstrip()
    return details(title, host.outcome, in_short(host), fenced(said))


def _cut(room: _Room, report: Report, which: str) -> Iterator[str]:
    if room.dropped:
        again = code(f"orch report {report.run_id} --report json:report.json")
        yield f"{hosts_words(room.dropped)} more {which} left out here; all of it: {again}\n\n"
