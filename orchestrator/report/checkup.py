"""The examination: for a terminal, a line for each thing with its mend; and as one document."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from orchestrator.model.checkup import Checkup, Finding, HostCheckup
from orchestrator.model.codec import as_data
from orchestrator.model.enums import Outcome
from orchestrator.report.styled import STYLES, Line, Segment, harmless, labelled, plain

_WORDS = {Outcome.PASS: "ok", Outcome.UNKNOWN: "unknown", Outcome.FAIL: "wrong"}


def lines(checkup: Checkup) -> list[Line]:
    """All of it."""
    calls = ", ".join(f"{name} {count}" for name, count in sorted(checkup.api_calls.items()))
    total = sum(checkup.api_calls.values())
    return [
        _headline(checkup),
        *(line for host in checkup.hosts for line in _host(host)),
        (),
        *(line for note in checkup.notes for line in labelled("note", note, indent=0)),
        *labelled("calls", f"{total} API calls: {calls}", indent=0),
    ]


def document(checkup: Checkup) -> Mapping[str, object]:
    """The same as plain data."""
    return {
        "schema_version": "1.0",
        "outcome": checkup.outcome.value,
        "exit_code": checkup.exit_code,
        "hosts": as_data(checkup.hosts),
        "api_calls": dict(checkup.api_calls),
        "notes": list(checkup.notes),
    }


def headline(checkup: Checkup) -> str:
    """What came out of it, in one line."""
    return plain([_headline(checkup)])


def _headline(checkup: Checkup) -> Line:
    outcome = checkup.outcome
    return (Segment(outcome, STYLES[outcome]), Segment("  examined, nothing was switched"))


def _host(host: HostCheckup) -> Iterator[Line]:
    yield ()
    yield (Segment(harmless(host.instance_id), "strong"),)
    for finding in host.findings:
        yield from _finding(finding)


def _finding(finding: Finding) -> Iterator[Line]:
    named = f" [{finding.cause}]" if finding.cause else ""
    text = f"{finding.what}: {finding.said}{named}"
    yield from labelled(_WORDS[finding.outcome], text, STYLES[finding.outcome])
    if finding.mend:
        yield from labelled("mend", finding.mend)
