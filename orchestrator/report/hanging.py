"""Text behind a head, with what follows hanging below its beginning."""

from __future__ import annotations

import textwrap

from orchestrator.report.styled import WIDTH, Line, Segment, harmless


def hanging(head: Segment, text: str, style: str = "") -> list[Line]:
    """A text behind its head, wrapped so that what follows stands under its beginning."""
    margin = len(head.text)
    pieces = textwrap.wrap(
        harmless(text), WIDTH - margin, break_long_words=False, break_on_hyphens=False
    ) or [""]
    rest = [(Segment(" " * margin), Segment(piece, style)) for piece in pieces[1:]]
    return [(head, Segment(pieces[0], style)), *rest]
