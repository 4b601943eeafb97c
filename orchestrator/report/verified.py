"""What came of holding kept runs to their chain, for people and for programs."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from orchestrator.model.chain import Finding, Verified, Wrong
from orchestrator.model.codec import as_data
from orchestrator.report.hanging import hanging
from orchestrator.report.styled import Line, Segment, harmless

_SHOWN = 10
"""So many parts of one record are named; the rest is counted."""

_FEW = 3
"""So many of the runs that could not be checked are named."""


def lines(verified: Verified) -> Iterator[Line]:
    """The sum first, then what is wrong, then what could not be checked."""
    yield _headline(verified)
    for finding in verified.findings:
        yield from _finding(finding)
    if verified.expected == 0:
        yield (Segment("  no link of this chain has the expected hash", "bad"),)
    yield from _uncertain(verified.before, "was kept before there was a chain: it has no link")
    yield from _uncertain(verified.open, "has not ended: it has no link yet")
    if verified.pruned:
        yield (Segment(f"  {_runs(verified.pruned)} dropped by `orch runs prune`", "dim"),)
    if verified.expected:
        yield (Segment(f"  the expected hash is that of link {verified.expected}", "good"),)
    if verified.newest is not None:
        yield (Segment(f"newest link, number {verified.newest.number}:", "dim"),)
        yield (Segment(verified.newest.sha256),)


def document(verified: Verified) -> Mapping[str, object]:
    """The same as plain data."""
    newest = verified.newest
    return {
        "schema_version": "1.0",
        "exit_code": verified.exit_code,
        "runs": verified.runs,
        "links": verified.links,
        "findings": [as_data(finding) for finding in verified.findings],
        "before_the_chain": list(verified.before),
        "not_ended": list(verified.open),
        "pruned": verified.pruned,
        "expected_link": verified.expected,
        "newest_link": None
        if newest is None
        else {"number": newest.number, "at": newest.at, "sha256": newest.sha256},
    }


def _headline(verified: Verified) -> Line:
    links = "1 link" if verified.links == 1 else f"{verified.links} links"
    checked = f"{_runs(verified.runs)} checked, {links}"
    if verified.exit_code == 1:
        return (Segment("CHANGED", "bad"), Segment(f"  {checked}"))
    if not verified.runs:
        # Nothing was compared, so nothing is said to be right.
        return (Segment("NOTHING TO CHECK", "unknown"), Segment(f"  {checked}"))
    return (Segment("UNCHANGED", "good"), Segment(f"  {checked}"))


def _finding(finding: Finding) -> Iterator[Line]:
    if finding.link is not None:
        of = f", of the run {finding.run_id}" if finding.run_id else ""
        yield from _said(finding.wrong, f"link {finding.link} of the chain{of}")
        return
    yield from _said(finding.wrong, f"the run {finding.run_id}{_WHY[finding.wrong]}")
    for part in finding.parts[:_SHOWN]:
        yield (Segment(f"            {harmless(part)}"),)
    more = len(finding.parts) - _SHOWN
    if more > 0:
        yield (Segment(f"            and {more} more", "dim"),)


_WHY = {
    Wrong.ALTERED: ": not as it was when it ended",
    Wrong.MISSING: ": it ended, and was not pruned",
    Wrong.INSERTED: ": no link says that it ended",
}


def _said(wrong: Wrong, text: str) -> list[Line]:
    return hanging(Segment(f"  {wrong:<10}", "bad"), text)


def _uncertain(run_ids: Sequence[str], why: str) -> Iterator[Line]:
    for run_id in run_ids[:_FEW]:
        yield from hanging(Segment("  "), f"the run {run_id} {why}", "unknown")
    if len(run_ids) > _FEW:
        yield (Segment(f"  and {len(run_ids) - _FEW} more of these", "unknown"),)


def _runs(count: int) -> str:
    return "1 run" if count == 1 else f"{count} runs"
