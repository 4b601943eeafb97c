"""One HTML file that needs nothing else: for people, on a screen and on paper."""

from __future__ import annotations

from collections.abc import Iterator

from orchestrator.model.history import Past
from orchestrator.model.report import Report
from orchestrator.report import page
from orchestrator.report.page.drift import RUNS

LOOKS_BACK = RUNS + 1
"""The earlier runs that it draws, and one more, to know whether there is any."""


def pieces(report: Report, past: Past) -> Iterator[str]:
    """The page, a few hosts at a time."""
    yield from page.pieces(report, past)
