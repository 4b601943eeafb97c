"""What became of a task: for a terminal, and as one document."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from orchestrator.model.codec import as_data
from orchestrator.model.enums import Outcome
from orchestrator.model.report import HostTask, TaskReport
from orchestrator.report.styled import STYLES, Line, Segment, host_title, labelled
from orchestrator.wording import hosts_words


def lines(report: TaskReport) -> list[Line]:
    """All of it."""
    outcome, count = report.outcome, len(report.hosts)
    hosts = hosts_words(count)
    calls = sum(report.api_calls.values())
    return [
        (
            Segment(outcome, STYLES[outcome]),
            Segment(f"  {report.plan.procedure.task} on {hosts}"),
            Segment(f"  run {report.plan.run_id}", "dim"),
        ),
        *(line for host in report.hosts for line in _host(host)),
        (),
        *(line for note in report.notes for line in labelled("note", note, "unknown", indent=0)),
        *labelled("calls", f"{calls} API calls", indent=0),
    ]


def document(report: TaskReport) -> Mapping[str, object]:
    """The same as plain data."""
    procedure = report.plan.procedure
    return {
        "schema_version": "1.0",
        "task": procedure.task.value,
        "outcome": report.outcome.value,
        "exit_code": report.exit_code,
        "interrupted": report.interrupted,
        "run_id": report.plan.run_id,
        "region": procedure.region,
        "hosts": as_data(report.hosts),
        "api_calls": dict(report.api_calls),
        "notes": list(report.notes),
    }


def _host(host: HostTask) -> Iterator[Line]:
    yield ()
    yield from host_title(host.instance_id, host.name, "", host.outcome)
    for said in host.said:
        yield from labelled("host", said)
    for left in host.left:
        yield from labelled("left", left, "bad")
    if host.outcome is not Outcome.PASS and host.command_id:
        yield from labelled("command", f"{host.command_id} {host.status_details}")
