"""Lines of styled text, and how hostile text is made harmless in them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from orchestrator.model.enums import Outcome
from orchestrator.report.cells import padded, width, wrapped

WIDTH = 80
"""Columns that a line should not pass, except where it is there to be pasted."""


WIDE_BLANK = "\u3000"
"""Stands between words of Japanese; Python does not count it among what is printable."""


@dataclass(frozen=True, slots=True)
class Segment:
    """A piece of a line. ``style`` is good, bad, unknown, strong, dim or nothing."""

    text: str
    style: str = ""


Line = tuple[Segment, ...]

_MARGIN = 10
"""Columns in front of what is said of a host; a little less elsewhere."""

STYLES = {Outcome.PASS: "good", Outcome.FAIL: "bad", Outcome.UNKNOWN: "unknown"}


def harmless(text: str) -> str:
    """The text without anything that a terminal would obey: control characters become escapes."""
    return "".join(c if c.isprintable() or c == WIDE_BLANK else _escaped(c) for c in text)


def _escaped(char: str) -> str:
    return char.encode("unicode_escape").decode()


def labelled(label: str, text: str, style: str = "", indent: int = 2) -> list[Line]:
    """A label and its text, wrapped with a hanging indent. Lines of JSON are never wrapped."""
    margin = indent + 8
    lines: list[Line] = []
    for part in text.split("\n"):
        clean = harmless(part)
        pieces = [clean] if clean.startswith("{") else wrapped(clean, WIDTH - margin)
        for piece in pieces or [""]:
            head = f"{'':{indent}}{label:<8}" if not lines else " " * margin
            lines.append((Segment(head, "dim"), Segment(piece, style)))
    return lines


def host_title(instance_id: str, name: str, where: str, outcome: Outcome) -> Iterator[Line]:
    """A host's first line, which ends with its outcome; what it has no room for follows."""
    title, room = harmless(instance_id), WIDTH - 8
    below: list[Line] = []
    for label, text in (("name", name), ("where", where)):
        longer = f"{title}  {harmless(text)}"
        if width(longer) <= room:
            title = longer if text else title
        else:
            below += labelled(label, text)
    yield (
        Segment(f"{padded(title, room)} ", "strong"),
        Segment(f"{outcome:>7}", STYLES[outcome]),
    )
    yield from below


def whole_items(items: Sequence[str]) -> str:
    """The items with commas, in lines that part no number from its unit or its name."""
    lines = [""]
    for item in items:
        more = f"{lines[-1]}, {item}" if lines[-1] else item
        if lines[-1] and width(more) > WIDTH - _MARGIN - 1:
            lines[-1] += ","
            lines.append(item)
        else:
            lines[-1] = more
    return "\n".join(lines)


def plain(lines: list[Line]) -> str:
    """The lines without their styles."""
    return "\n".join("".join(segment.text for segment in line).rstrip() for line in lines)
