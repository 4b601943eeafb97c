"""A script that is too long for SendCommand, made shorter without changing what it does."""

from __future__ import annotations

import re
from collections.abc import Iterable

from orchestrator.render.wrapped import outside_python

# PowerShell looks for every type below System too, and takes what is named by its place as well.
_SHORTER = (
    (re.compile(r"\bNew-Object -TypeName "), "New-Object "),
    (re.compile(r"(\bNew-Object [\w.'\[\]]+) -ArgumentList "), r"\1 "),
    (re.compile(r"(\[|\bNew-Object )System\.(?=[A-Z])"), r"\1"),
    (re.compile(r"\[Text\.RegularExpressions\.Regex\]"), "[regex]"),
)
_EMPTY = ((re.compile(r"\{ \$null = \$_ \}"), "{ }"),)
_QUOTED = re.compile(r"('(?:[^']|'')*')")
_COMMENT = re.compile(r" *#")
_CLOSING = re.compile(r" *[})]+")


def narrower(text: str) -> str:
    """The script with one blank of indentation in place of four, the Python in it too."""
    return "\n".join(" " * (_indent(line) // 4) + line.lstrip(" ") for line in text.split("\n"))


def plainer(text: str) -> str:
    """The PowerShell script with the names of types and parameters left out where they may be."""
    return outside_python(text, lambda lines: [_replaced(line, _SHORTER) for line in lines])


def _replaced(line: str, by: Iterable[tuple[re.Pattern[str], str]]) -> str:
    """The line with these replaced, but not in its strings."""
    parts = _QUOTED.split(line)
    for at in range(0, len(parts), 2):
        for long, short in by:
            parts[at] = long.sub(short, parts[at])
    return "".join(parts)


def without_comments(text: str) -> str:
    """The script without the lines that are empty or only comment, but with its header."""
    head, blank, body = text.partition("\n\n")
    kept = [line for line in body.split("\n") if line.strip() and not _COMMENT.match(line)]
    return head + blank + "\n".join(kept) + "\n"


def joined(text: str) -> str:
    """The PowerShell script, without comments, with fewer lines: each costs four bytes more.

    What an opening bracket ends goes on in the same line, and a closing bracket has none of its
    own. A catch that only passes on is empty.
    """
    return outside_python(text, _joined)


def _joined(lines: list[str]) -> list[str]:
    kept: list[str] = []
    for line in lines:
        if line.strip() == "$null = $_":
            continue
        shorter = _replaced(line, _EMPTY)
        if kept and (kept[-1].endswith(("{", "(")) or _CLOSING.fullmatch(line)):
            kept[-1] += " " + shorter.lstrip(" ")
        else:
            kept.append(shorter)
    return kept


def _indent(line: str) -> int:
    return len(line) - len(line.lstrip(" "))
