"""How wide text stands on a terminal, and where it may be broken: Japanese takes two columns."""

from __future__ import annotations

import re
import textwrap
import unicodedata
from collections.abc import Iterator

_SMALL = ("HIRAGANA LETTER SMALL", "KATAKANA LETTER SMALL")
_CLOSING, _OPENING = frozenset({"Po", "Pe", "Pf", "Lm"}), frozenset({"Ps", "Pi"})
"""Unicode's categories of what Japanese does not begin or end a line with."""

_WORDS = re.compile(r"(\s*)(\S+)")


def width(text: str) -> int:
    """How many columns it takes, by Unicode's East Asian Width; what is ambiguous takes one."""
    if text.isascii():
        return len(text)
    return sum(_width(c) for c in text)


def _width(c: str) -> int:
    if unicodedata.category(c) in {"Mn", "Me"}:
        return 0
    return 2 if unicodedata.east_asian_width(c) in "WF" else 1


def padded(text: str, columns: int) -> str:
    """The text with blanks behind it, up to so many columns."""
    return text + " " * (columns - width(text))


def wrapped(text: str, columns: int) -> list[str]:
    """Lines of at most so many columns.

    A word of narrow letters is never broken: it is a path, an ARN or a statement, to be pasted.
    """
    if text.isascii():
        return textwrap.wrap(text, columns, break_long_words=False, break_on_hyphens=False)
    lines: list[str] = []
    line, taken = "", 0
    for blanks, piece in _pieces(text):
        more = width(piece)
        if line and taken + len(blanks) + more > columns:
            lines.append(line)
            line, taken = piece, more
        else:
            gap = blanks if line else ""
            line, taken = line + gap + piece, taken + len(gap) + more
    return [*lines, line] if line else lines


def _pieces(text: str) -> Iterator[tuple[str, str]]:
    """What must stay together, and the blanks before it."""
    for blanks, word in _WORDS.findall(text):
        begin = 0
        for at in range(1, len(word)):
            if _may_break(word[at - 1], word[at]):
                yield (blanks if begin == 0 else ""), word[begin:at]
                begin = at
        yield (blanks if begin == 0 else ""), word[begin:]


def _may_break(left: str, right: str) -> bool:
    """Between two letters of which one is wide, unless one belongs to the other."""
    if 2 not in {_width(left), _width(right)} or _width(right) == 0:
        return False
    closing = unicodedata.category(right) in _CLOSING
    small = unicodedata.name(right, "").startswith(_SMALL)
    return not (closing or small or unicodedata.category(left) in _OPENING)
