"""Runs as a list, for people and for programs."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from orchestrator.model.codec import as_data
from orchestrator.model.enums import Outcome
from orchestrator.model.journal import RunRecord, RunState
from orchestrator.report.styled import STYLES, Line, Segment


def lines(records: Sequence[RunRecord]) -> Iterator[Line]:
    """A line for each run, newest first."""
    for record in records:
        outcome = record.outcome or Outcome.UNKNOWN
        verdict = "not ended" if record.state is RunState.BEGUN else outcome
        hosts = "1 host" if record.hosts == 1 else f"{record.hosts} hosts"
        yield (
            Segment(f"{verdict:<9}", STYLES[outcome]),
            Segment(f"  {record.run_id:<24}", "strong"),
            Segment(f"  {record.started:%Y-%m-%d %H:%M}  {hosts:>11}  {record.runbook}"),
        )
    if not records:
        yield (Segment("no run is kept here yet"),)


def document(records: Sequence[RunRecord]) -> Mapping[str, object]:
    """The same as plain data."""
    return {"schema_version": "1.0", "runs": [as_data(record) for record in records]}
