"""Runs as a list, for people and for programs."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace

from orchestrator.model.codec import as_data
from orchestrator.model.enums import OWN_EXIT_CODES, Outcome, sum_of
from orchestrator.model.journal import RunRecord, RunState
from orchestrator.report.styled import STYLES, Line, Segment
from orchestrator.wording import hosts_words

LONGEST_ID = 23
"""Characters that are shown of AWS's ids: what begins so is found by `orch runs show`."""


def together(records: Sequence[RunRecord]) -> list[RunRecord]:
    """The parts of one run as one record."""
    wholes: dict[str, list[RunRecord]] = {}
    for record in records:
        wholes.setdefault(record.whole or record.run_id, []).append(record)
    return [_whole(run_id, parts) for run_id, parts in wholes.items()]


def _whole(run_id: str, parts: Sequence[RunRecord]) -> RunRecord:
    if len(parts) == 1 and not parts[0].whole:
        return parts[0]
    ends = [part.ended for part in parts if part.ended is not None]
    codes = {part.exit_code for part in parts}
    outcome = sum_of(part.outcome or Outcome.UNKNOWN for part in parts)
    over = len(ends) == len(parts)
    regions = dict.fromkeys(part.region for part in reversed(parts))
    return replace(
        parts[-1],
        run_id=run_id,
        state=RunState.ENDED if over else RunState.BEGUN,
        hosts=sum(part.hosts for part in parts),
        region=", ".join(regions),
        ended=max(ends) if over else None,
        outcome=outcome if over else None,
        exit_code=(130 if 130 in codes else OWN_EXIT_CODES[outcome]) if over else None,
        whole="",
        account_role="",
    )


def lines(records: Sequence[RunRecord]) -> Iterator[Line]:
    """A line for each run, newest first."""
    for record in records:
        outcome = record.outcome or Outcome.UNKNOWN
        verdict = "not ended" if record.state is RunState.BEGUN else outcome
        hosts = hosts_words(record.hosts)
        what = record.schedule or record.runbook
        run_id = record.run_id[:LONGEST_ID] if record.schedule else record.run_id
        yield (
            Segment(f"{verdict:<9}", STYLES[outcome]),
            Segment(f"  {run_id:<24}", "strong"),
            Segment(f"  {record.started:%Y-%m-%d %H:%M}  {hosts:>11}  {what}"),
            Segment(_whence(record), "dim"),
        )
    if not records:
        yield (Segment("no run is kept here yet"),)


def _whence(record: RunRecord) -> str:
    """Who ran it, where it was not a person at this journal."""
    by = "schedule" if record.schedule else ""
    said = ", ".join(filter(None, (by, "imported" if record.origin else "")))
    return f"  ({said})" if said else ""


def document(records: Sequence[RunRecord]) -> Mapping[str, object]:
    """The same as plain data."""
    return {"schema_version": "1.0", "runs": [as_data(record) for record in records]}
