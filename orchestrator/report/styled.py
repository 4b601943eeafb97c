"""Lines of styled text, and how hostile text is made harmless in them."""

from __future__ import annotations

import textwrap
from dataclasses import dataclass

from orchestrator.model.enums import Outcome

WIDTH = 80
"""Columns that a line should not pass, except where it is there to be pasted."""


@dataclass(frozen=True, slots=True)
class Segment:
    """A piece of a line. ``style`` is good, bad, unknown, strong, dim or nothing."""

    text: str
    style: str = ""


Line = tuple[Segment, ...]

STYLES = {Outcome.PASS: "good", Outcome.FAIL: "bad", Outcome.UNKNOWN: "unknown"}


def harmless(text: str) -> str:
    """The text without anything that a terminal would obey: control characters become escapes."""
    return "".join(c if c.isprintable() else c.encode("unicode_escape").decode() for c in text)


def labelled(label: str, text: str, style: str = "", indent: int = 2) -> list[Line]:
    """A label and its text, wrapped with a hanging indent. Lines of JSON are never wrapped."""
    margin = indent + 8
    lines: list[Line] = []
    for part in text.split("\n"):
        clean = harmless(part)
        pieces = (
            [clean]
            if clean.startswith("{")
            else textwrap.wrap(
                clean, WIDTH - margin, break_long_words=False, break_on_hyphens=False
            )
        )
        for piece in pieces or [""]:
            head = f"{'':{indent}}{label:<8}" if not lines else " " * margin
            lines.append((Segment(head, "dim"), Segment(piece, style)))
    return lines


def plain(lines: list[Line]) -> str:
    """The lines without their styles."""
    return "\n".join("".join(segment.text for segment in line).rstrip() for line in lines)
