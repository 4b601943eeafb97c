"""Each host as a row of the table, with its details below it, or packed for the script."""

from __future__ import annotations

import base64
import gzip
import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import partial

from markupsafe import Markup

from orchestrator.model.enums import Outcome
from orchestrator.model.plan import Plan
from orchestrator.model.report import HostReport, Report, Verdict
from orchestrator.report.facts import place_of
from orchestrator.report.page.drift import Drift, HostPast
from orchestrator.report.page.environment import environment
from orchestrator.report.page.overview import Overview, key_of, where
from orchestrator.report.page.switching import Change, Pair, pairs
from orchestrator.report.page.timeline import of_host
from orchestrator.wording import host_words

OPEN = 50
"""Up to so many hosts have their details in the page itself, for whoever runs no scripts."""

PACK = 100
"""Hosts whose details are packed together."""


@dataclass(frozen=True, slots=True)
class Row:
    """One host in the table. ``kind`` and ``place`` are numbers that the filters go by.

    ``details`` are there where they lie in the page; ``pack`` ends the rows that it is about.
    """

    host: HostReport
    number: int
    kind: int
    place: int
    place_words: str
    past: HostPast | None
    became: str
    details: Markup | None = None
    pack: Markup | None = None


def rows(report: Report, drift: Drift, whole: Overview) -> Iterator[Row]:
    """The hosts in their order; few of them with what needs a look first."""
    places = {words: number for number, words in enumerate(whole.places)}
    packed: list[str] = []
    last = len(report.hosts) - 1
    few = last < OPEN
    for number, host in enumerate(_ordered(report.hosts) if few else report.hosts):
        past = drift.host(host)
        changes = _changes(host, report)
        details = _details(report, host, past, changes)
        row = partial(
            Row,
            host,
            number,
            whole.kinds[key_of(host)].number,
            places[where(host, report)],
            where(host, report),
            past,
            "; ".join(_gained(changes)),
        )
        if few:
            yield row(details=details)
            continue
        packed.append(details)
        if len(packed) == PACK or number == last:
            yield row(pack=_packed(packed))
            packed = []
        else:
            yield row()


def _ordered(hosts: Sequence[HostReport]) -> Sequence[HostReport]:
    order = (Outcome.FAIL, Outcome.UNKNOWN, Outcome.PASS)
    return sorted(hosts, key=lambda host: (order.index(host.outcome), not host.left))


def _packed(details: Sequence[str]) -> Markup:
    """A list of texts as JSON, made small; base64 ends no element."""
    text = json.dumps([str(item) for item in details])
    return Markup(base64.b64encode(gzip.compress(text.encode(), mtime=0)).decode())  # noqa: S704 - of A-Z, a-z, 0-9, +, / and = alone


def _details(
    report: Report, host: HostReport, past: HostPast | None, changes: Sequence[Pair]
) -> Markup:
    evidence = host.evidence
    text = (
        environment()
        .get_template("detail.html.j2")
        .render(
            report=report,
            plan=_plan_of(host, report),
            host=host,
            past=past,
            changes=changes,
            gained=_gained(changes),
            lost=[*dict.fromkeys(pair.lost for pair in changes if pair.lost)],
            nothing=_nothing(changes),
            verdicts=_verdicts(host),
            asker=", ".join(host_words(evidence.facts)) if evidence else "",
            bar=of_host(host, report) if len(report.hosts) > 1 else None,
        )
    )
    return Markup(text)  # noqa: S704 - a template of ours, whose values were escaped


def _nothing(changes: Sequence[Pair]) -> str:
    """What is said where nothing was gained, and nothing lost."""
    found = {pair.change for pair in changes}
    if Change.NOT_SWITCHED in found:
        return "The host did not switch."
    if Change.UNKNOWN in found:
        return "Nobody knows what the switch changed."
    changed = Change.CHANGED in found
    return "Nothing was gained or lost." if changed else "The switch changed nothing."


def _plan_of(host: HostReport, report: Report) -> Plan:
    """The plan of the host's place."""
    here = place_of(host, report)
    plans = (p for p in report.plans if (p.procedure.region, p.account_role) == here)
    return next(plans, report.plan)


def _changes(host: HostReport, report: Report) -> Sequence[Pair]:
    if host.evidence is None:
        return ()
    return pairs(host.evidence, _plan_of(host, report).procedure)


def _verdicts(host: HostReport) -> Sequence[Verdict]:
    """What does not hold first."""
    order = (Outcome.FAIL, Outcome.UNKNOWN, Outcome.PASS)
    return sorted(host.verdicts, key=lambda v: (not v.counts, order.index(v.outcome)))


def _gained(changes: Sequence[Pair]) -> Sequence[str]:
    """Each thing once, in whichever ways it was gained."""
    return [*dict.fromkeys(pair.gained for pair in changes if pair.gained)]
