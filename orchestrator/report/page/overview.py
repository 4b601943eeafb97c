"""What is said of all hosts together, gathered in one pass over them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from orchestrator.model.enums import Outcome
from orchestrator.model.evidence import Evidence
from orchestrator.model.report import Cause, HostReport, Report
from orchestrator.report.facts import place_of
from orchestrator.report.page.drift import Drift
from orchestrator.report.page.timeline import HostTimes, Timeline, timeline
from orchestrator.wording import host_words, place_words

NAMED = 12
"""So many hosts of a kind are named where it is explained; the table has all of them."""

STAND_INS = frozenset({"stand-in", "simulated"})
"""Engines of the sandbox: what they say was never asked of Windows."""

Key = tuple[Outcome, str]


@dataclass(slots=True)
class Kind:
    """Hosts of one outcome with the same first cause. ``cause`` is as its first host has it."""

    number: int
    outcome: Outcome
    cause: Cause | None
    host: HostReport
    count: int = 0
    named: list[str] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Overview:
    """``left`` maps what may lie on a host to the hosts; ``places`` their words to counts.

    ``engines`` and ``askers`` (shell, module, user) are counts of hosts.
    """

    kinds: Mapping[Key, Kind]
    left: Mapping[str, Sequence[str]]
    places: Mapping[str, int]
    engines: Mapping[str, int]
    askers: Mapping[str, int]
    timeline: Timeline
    has_times: bool

    @property
    def troubles(self) -> Sequence[Kind]:
        """The kinds that did not pass: what failed first, and the largest first."""
        order = (Outcome.FAIL, Outcome.UNKNOWN)
        found = [kind for kind in self.kinds.values() if kind.outcome is not Outcome.PASS]
        return sorted(found, key=lambda kind: (order.index(kind.outcome), -kind.count))

    @property
    def stand_ins(self) -> Sequence[str]:
        """The engines that are no real host."""
        return [engine for engine in self.engines if engine in STAND_INS]


def key_of(host: HostReport) -> Key:
    """Of which kind a host is."""
    return host.outcome, host.causes[0].id if host.causes else ""


def where(host: HostReport, report: Report) -> str:
    """Where a host is, in words."""
    return place_words(*place_of(host, report))


def overview(report: Report, drift: Drift) -> Overview:
    """Go through the hosts; what is kept of one is little."""
    kinds: dict[Key, Kind] = {}
    left: dict[str, list[str]] = {}
    places: Counter[str] = Counter()
    engines: Counter[str] = Counter()
    askers: Counter[str] = Counter()
    times = HostTimes()
    for host in report.hosts:
        _add(kinds, host)
        for item in host.left:
            left.setdefault(item, []).append(host.instance_id)
        places[where(host, report)] += 1
        times.add(host)
        drift.add(host)
        if host.evidence is not None:
            engines[host.evidence.engine] += 1
            askers[_asker(host.evidence)] += 1
    drawn = timeline(report, times)
    return Overview(kinds, left, places, engines, askers, drawn, bool(times))


def _add(kinds: dict[Key, Kind], host: HostReport) -> None:
    key = key_of(host)
    cause = host.causes[0] if host.causes else None
    kind = kinds.setdefault(key, Kind(len(kinds), host.outcome, cause, host))
    kind.count += 1
    if kind.count <= NAMED:
        kind.named.append(host.instance_id)


def _asker(evidence: Evidence) -> str:
    return ", ".join(host_words(evidence.facts))
