"""What earlier runs saw: of the fleet by run, and of each host since when it is as it is.

Only runs that asked the same question (an equal plan's SHA-256) are compared.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from itertools import pairwise

from orchestrator.model.enums import Outcome
from orchestrator.model.history import FLAPPING, Past, Seen, flips
from orchestrator.model.report import HostReport, Report
from orchestrator.report.facts import place_of

RUNS = 40
"""The newest runs that are drawn."""


@dataclass(frozen=True, slots=True)
class Mark:
    """One host in one run. ``same``: whether that run asked what this one asks."""

    run_id: str
    at: datetime
    outcome: Outcome
    cause: str
    same: bool


@dataclass(frozen=True, slots=True)
class Turn:
    """A change from what the run before saw."""

    before: Mark
    now: Mark


@dataclass(frozen=True, slots=True)
class HostPast:
    """``marks`` are oldest first, this run's last. ``since`` is the first of those like it.

    ``like`` counts those, this run included; ``turns`` are newest first. ``whole`` is False where
    the host was like this as far back as anybody looked; ``more``: there are older runs, in which
    nobody did.
    """

    marks: Sequence[Mark]
    since: Mark
    like: int
    turns: Sequence[Turn]
    flapping: bool
    whole: bool
    more: bool

    @property
    def words(self) -> Sequence[str]:
        """For the filter: changed, flapping, or both; or steady, or first."""
        changed = self.whole and self.like == 1
        found = ["changed"] * changed + ["flapping"] * self.flapping
        return found or ["first" if self.like == 1 else "steady"]


@dataclass(slots=True)
class FleetRun:
    """One run in the fleet's strip: how many hosts had which outcome."""

    run_id: str
    at: datetime
    same: bool
    schedule: str
    counts: Counter[Outcome] = field(default_factory=Counter)
    now: bool = False

    def share(self, outcome: Outcome) -> float:
        """Of 100."""
        return round(self.counts[outcome] * 100 / (self.counts.total() or 1), 2)


@dataclass(frozen=True, slots=True)
class Fleet:
    """``words`` counts the hosts that have changed, flap, or are as before (`HostPast.words`).

    ``more``: there are older runs that are not drawn.
    """

    runs: Sequence[FleetRun]
    words: Mapping[str, int]
    more: bool


class Drift:
    """The past beside this run. `fleet` counts the hosts that were added."""

    def __init__(self, report: Report, past: Past) -> None:
        self._report = report
        ours = {report.run_id, *(plan.run_id for plan in report.plans)}
        self._asked = {plan.procedure_sha256 for plan in report.plans}
        self._of = {
            (plan.procedure.region, plan.account_role): plan.procedure_sha256
            for plan in report.plans
        }
        seen = [item for item in past.seen if item.run_id not in ours]
        ids = [*dict.fromkeys(item.run_id for item in seen)]
        self._more, newest = len(ids) > RUNS, set(ids[-RUNS:])
        self._seen = [item for item in seen if item.run_id in newest]
        self._hosts = Past(self._seen).by_host()
        self._words: Counter[str] = Counter()

    def __bool__(self) -> bool:
        return bool(self._seen)

    def add(self, host: HostReport) -> None:
        """Take one host of this run in."""
        found = self.host(host)
        if found is not None:
            self._words.update(found.words)

    def host(self, host: HostReport) -> HostPast | None:
        """One host's past; None where there is none."""
        seen = self._hosts.get(host.instance_id)
        if not seen:
            return None
        asked = self._of.get(place_of(host, self._report), "")
        marks = [_mark(item, same=item.plan_sha256 == asked) for item in seen]
        cause = host.causes[0].id if host.causes else ""
        now = Mark(self._report.run_id, self._report.started, host.outcome, cause, same=True)
        return _told([*marks, now], more=self._more)

    def fleet(self) -> Fleet | None:
        """The runs, oldest first, this one last; None where there was none before."""
        if not self:
            return None
        runs: dict[str, FleetRun] = {}
        for item in self._seen:
            run = runs.setdefault(item.run_id, FleetRun(item.run_id, item.at, True, item.schedule))
            run.same &= item.plan_sha256 in self._asked
            run.counts[item.outcome] += 1
        now = FleetRun(self._report.run_id, self._report.started, same=True, schedule="", now=True)
        now.counts.update(self._report.tally)
        return Fleet([*runs.values(), now], dict(self._words), self._more)


def _mark(item: Seen, *, same: bool) -> Mark:
    return Mark(item.run_id, item.at, item.outcome, item.cause, same)


def _told(marks: Sequence[Mark], *, more: bool) -> HostPast:
    same = [mark for mark in marks if mark.same]
    turns = [
        Turn(before, now)
        for before, now in pairwise(same)
        if (before.outcome, before.cause) != (now.outcome, now.cause)
    ]
    since = turns[-1].now if turns else same[0]
    like = len(same) - same.index(since)
    flapping = flips([mark.outcome for mark in same]) >= FLAPPING
    return HostPast(marks, since, like, turns[::-1], flapping, bool(turns), more)
