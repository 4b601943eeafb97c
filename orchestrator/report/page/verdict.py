"""The verdict in one sentence, and what was asked of whom."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from orchestrator.model.enums import Outcome
from orchestrator.model.plan import Plan
from orchestrator.model.report import Report
from orchestrator.wording import hosts_words, place_words


@dataclass(frozen=True, slots=True)
class Count:
    """How many hosts have an outcome, of how many: ``share`` is of 1000."""

    outcome: Outcome
    count: int
    share: float
    begin: float


@dataclass(frozen=True, slots=True)
class Place:
    """One account and region, and by which question and script."""

    words: str
    plan: Plan


@dataclass(frozen=True, slots=True)
class Spoken:
    """What the head of the page says."""

    title: str
    sentence: str
    counts: Sequence[Count]
    places: Sequence[Place]
    seconds: float


def verdict(report: Report) -> Spoken:
    """Of the report's tally alone."""
    title = f"{report.outcome}: {report.plan.procedure.runbook} on {hosts_words(len(report.hosts))}"
    return Spoken(
        title,
        _sentence(report),
        _counts(report),
        [
            Place(place_words(plan.procedure.region, plan.account_role), plan)
            for plan in report.plans
        ],
        (report.ended - report.started).total_seconds(),
    )


def _counts(report: Report) -> Sequence[Count]:
    total = sum(report.tally.values()) or 1
    found, begin = [], 0.0
    for outcome in Outcome:
        count = report.tally.get(outcome, 0)
        share = round(count * 1000 / total, 2)
        found.append(Count(outcome, count, share, begin))
        begin += share
    return found


def _sentence(report: Report) -> str:
    counts = {outcome: report.tally.get(outcome, 0) for outcome in Outcome}
    total = sum(counts.values())
    failed, unknown = counts[Outcome.FAIL], counts[Outcome.UNKNOWN]
    if not total:
        return "There was no host, so nothing is known."
    if counts[Outcome.PASS] == total:
        who = "The host is" if total == 1 else f"All {total:,} hosts are"
        return f"{who} as the runbook expects, before the switch and after it."
    if total == 1:
        return (
            "The host is not as the runbook expects."
            if failed
            else "The host could not be observed, so nothing is known of it."
        )
    of, parts = f" of {total:,} hosts", []
    if failed:
        parts.append(f"{failed:,}{of} {_is(failed)} not as the runbook expects")
        of = ""
    if unknown:
        them = "it" if unknown == 1 else "them"
        parts.append(f"{unknown:,}{of} could not be observed, and nothing is known of {them}")
    return f"{'; '.join(parts)}."


def _is(count: int) -> str:
    return "is" if count == 1 else "are"
