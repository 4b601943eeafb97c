"""The HTML page of one run: its verdict first, then why, each host, the time, the past.

The hosts are gone through twice, one at a time: once for what is said of all of them, once for
their rows. Templates, style and script lie in ``templates/report``.
"""

from __future__ import annotations

from collections.abc import Iterator

from orchestrator.model.history import Past
from orchestrator.model.report import Report
from orchestrator.report.page.assets import assets
from orchestrator.report.page.drift import Drift
from orchestrator.report.page.environment import environment
from orchestrator.report.page.overview import overview
from orchestrator.report.page.rows import rows
from orchestrator.report.page.verdict import verdict

_AT_ONCE = 200
"""Bits of a template that go into one piece."""


def pieces(report: Report, past: Past) -> Iterator[str]:
    """The page's text, a piece at a time."""
    drift = Drift(report, past)
    whole = overview(report, drift)
    stream = (
        environment()
        .get_template("page.html.j2")
        .stream(
            report=report,
            verdict=verdict(report),
            all=whole,
            fleet=drift.fleet(),
            rows=rows(report, drift, whole),
            assets=assets(report.outcome),
        )
    )
    stream.enable_buffering(_AT_ONCE)
    yield from stream
