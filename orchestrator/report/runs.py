"""Runs as a list, for people and for programs."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace

from orchestrator.model.codec import as_data
from orchestrator.model.enums import OWN_EXIT_CODES, Outcome, sum_of
from orchestrator.model.journal import RunRecord, RunState
from orchestrator.report.cells import padded, width, wrapped
from orchestrator.report.styled import STYLES, WIDTH, Line, Segment, harmless
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
    """A line for each run, newest first; what it has no room for hangs below."""
    rows = [_cells(record) for record in records]
    # The narrowest that all fit into: with names of schedules there is no column to spare.
    verdicts, ids, hosts = (max((width(row[at]) for row in rows), default=0) for at in range(3))
    margin = verdicts + ids + hosts + len("2026-01-01 00:00") + 8
    for record, (verdict, run_id, count, what) in zip(records, rows, strict=True):
        first, *more = wrapped(what, WIDTH - margin) or [""]
        yield (
            Segment(padded(verdict, verdicts), STYLES[record.outcome or Outcome.UNKNOWN]),
            Segment(f"  {padded(run_id, ids)}", "strong"),
            Segment(f"  {record.started:%Y-%m-%d %H:%M}  {count:>{hosts}}  {first}"),
        )
        yield from ((Segment(f"{'':{margin}}{piece}"),) for piece in more)
    if not records:
        yield (Segment("no run is kept here yet"),)


def _cells(record: RunRecord) -> tuple[str, str, str, str]:
    """The verdict, the run's id, its hosts, and its runbook, or by which schedule it came."""
    verdict = "not ended" if record.state is RunState.BEGUN else record.outcome or Outcome.UNKNOWN
    run_id = record.run_id[:LONGEST_ID] if record.schedule else record.run_id
    what = f"by {record.schedule}" if record.schedule else record.runbook
    imported = " (imported)" if record.origin else ""
    return (
        *(str(verdict), harmless(run_id), hosts_words(record.hosts)),
        harmless(f"{what}{imported}"),
    )


def document(records: Sequence[RunRecord]) -> Mapping[str, object]:
    """The same as plain data."""
    return {"schema_version": "1.0", "runs": [as_data(record) for record in records]}
