"""One JSON document; its schema is orchestrator/schemas/report.schema.json."""

from __future__ import annotations

from collections.abc import Iterator

from orchestrator.model.history import Past
from orchestrator.model.report import Report
from orchestrator.report import document


def pieces(report: Report, _past: Past) -> Iterator[str]:
    """The document, a host at a time."""
    yield from document.pieces(report)
