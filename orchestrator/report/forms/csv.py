"""RFC 4180, one row a host, for a spreadsheet."""

from __future__ import annotations

from collections.abc import Iterator

from orchestrator.model.enums import Outcome
from orchestrator.model.history import Past
from orchestrator.model.report import HostReport, Report
from orchestrator.report.facts import clipped, counted, place_of
from orchestrator.report.styled import harmless

COLUMNS = (
    *("run_id", "started", "runbook", "instance_id", "name", "region", "account_role"),
    *("outcome", "expectations", "hold", "do_not_hold", "unknown"),
    *("cause", "title", "evidence", "mend", "other_causes", "left"),
    *("command_id", "status", "seconds"),
)
"""The names in the first row. New ones are added at the end."""

MOST = 32_000
"""Bytes in a cell: spreadsheets take 32,767 characters."""

_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\uff1d", "\uff0b", "\uff0d", "\uff20")
"""The wide ones are taken for the narrow ones where Japanese is written."""


def pieces(report: Report, _past: Past) -> Iterator[str]:
    """The names, then the hosts."""
    yield _row(COLUMNS)
    for host in report.hosts:
        yield _row(_cells(host, report))


def _cells(host: HostReport, report: Report) -> tuple[str, ...]:
    verdicts = [verdict.outcome for verdict in counted(host)]
    first, *others = host.causes or [None]
    region, account_role = place_of(host, report)
    return (
        *(report.run_id, report.started.isoformat(), report.plan.procedure.runbook),
        *(host.instance_id, host.name, region, account_role),
        *(host.outcome, str(len(verdicts))),
        *(str(verdicts.count(outcome)) for outcome in (Outcome.PASS, Outcome.FAIL)),
        str(verdicts.count(Outcome.UNKNOWN)),
        *((first.id, first.title, first.evidence, first.mend) if first else [""] * 4),
        " ".join(cause.id for cause in others if cause),
        "; ".join(host.left),
        *(host.command_id or "", host.status_details or host.status),
        "" if host.seconds is None else f"{host.seconds:.1f}",
    )


def _row(cells: tuple[str, ...]) -> str:
    return ",".join(_cell(cell) for cell in cells) + "\r\n"


def _cell(text: str) -> str:
    """Quoted where it must be. What a spreadsheet would take for a formula begins with a quote."""
    clean = clipped(harmless(text), MOST)
    if clean.startswith(_FORMULA):
        clean = f"'{clean}"
    if any(c in clean for c in ',"\r\n'):
        return '"' + clean.replace('"', '""') + '"'
    return clean
