"""A host's outcomes as a strip: one path for each, so that thousands of strips stay small."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby

from orchestrator.model.enums import Outcome
from orchestrator.report.page.drift import HostPast, Mark

STEP = 8
_SHAPES = {
    Outcome.PASS: "M{0} 8h0",
    Outcome.FAIL: "M{1} 1h6v14h-6z",
    Outcome.UNKNOWN: "M{2} 2.75h4.5v10.5h-4.5z",
}
"""PASS is a dot, FAIL a full stroke, UNKNOWN a hollow one: told apart without colours."""

_OTHER = "M{3} 14h4"


@dataclass(frozen=True, slots=True)
class Strip:
    """Geometry of ``width`` by 16, and the same in words."""

    width: int
    paths: Sequence[tuple[str, str]]
    said: str


def strip(past: HostPast, limit: int) -> Strip:
    """The newest of the host's marks, oldest first."""
    marks = past.marks[-limit:]
    drawn: dict[str, str] = {}
    for at, mark in enumerate(marks):
        x = at * STEP
        name = mark.outcome.lower() if mark.same else "other"
        shape = _SHAPES[mark.outcome] if mark.same else _OTHER
        drawn[name] = drawn.get(name, "") + shape.format(x + 4, x + 1, x + 1.75, x + 2)
    return Strip(len(marks) * STEP, [*drawn.items()], ", ".join(_said(marks)))


def _said(marks: Sequence[Mark]) -> Iterator[str]:
    for what, group in groupby(marks, key=_word):
        count = len([*group])
        yield f"{count} times {what}" if count > 1 else what


def _word(mark: Mark) -> str:
    return str(mark.outcome) if mark.same else "asked something else"
