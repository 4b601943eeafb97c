"""As on a terminal, without colours."""

from __future__ import annotations

from collections.abc import Iterator

from orchestrator.model.history import Past
from orchestrator.model.report import Report
from orchestrator.report.styled import plain
from orchestrator.report.text import lines


def pieces(report: Report, _past: Past) -> Iterator[str]:
    """The terminal's lines."""
    for line in lines(report):
        yield f"{plain([line])}\n"
