"""Text behind a head, with what follows hanging below its beginning."""

from __future__ import annotations

from orchestrator.report.cells import width, wrapped
from orchestrator.report.styled import WIDTH, Line, Segment, harmless


def hanging(head: Segment, text: str, style: str = "") -> list[Line]:
    """A text behind its head, wrapped so that what follows stands under its beginning."""
    margin = width(head.text)
    pieces = wrapped(harmless(text), WIDTH - margin) or [""]
    rest = [(Segment(" " * margin), Segment(piece, style)) for piece in pieces[1:]]
    return [(head, Segment(pieces[0], style)), *rest]
