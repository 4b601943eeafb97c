"""Wildcards: ``*`` for any characters, ``?`` for exactly one, over whole strings and over ARNs."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from enum import Enum
from functools import lru_cache


class Wild(Enum):
    """A wildcard of a pattern; everything else in a pattern is literal text."""

    MANY = "*"
    ONE = "?"


Tokens = tuple[str | Wild, ...]

_WILD = re.compile(r"([*?])")
ARN_PARTS = 6


def tokens(text: str) -> Tokens:
    """A pattern's text as literals and wildcards."""
    parts = _WILD.split(text)
    return tuple(Wild(p) if i % 2 else p for i, p in enumerate(parts) if p)


@lru_cache(maxsize=4096)
def whole(pattern: Tokens, *, ignore_case: bool = False) -> re.Pattern[str]:
    """A regular expression for the whole of a string (to be used with ``fullmatch``)."""
    return re.compile(_glob(pattern, "."), re.DOTALL | (re.IGNORECASE if ignore_case else 0))


@lru_cache(maxsize=4096)
def arn(pattern: Tokens) -> re.Pattern[str] | None:
    """The same for an ARN, or None where the pattern has not the six parts of one.

    No wildcard reaches over a colon into the next part, except within the last one (IAM User Guide,
    "Resource": wildcards stand for characters within a segment; "Condition operators": each of the
    six parts is checked separately).
    """
    parts = components(pattern)
    if len(parts) != ARN_PARTS:
        return None
    source = [_glob(part, "[^:]") for part in parts[:-1]]
    return re.compile(":".join([*source, _glob(parts[-1], ".")]), re.DOTALL)


def components(pattern: Iterable[str | Wild]) -> list[list[str | Wild]]:
    """A pattern cut at its first five colons."""
    parts: list[list[str | Wild]] = [[]]
    for token in pattern:
        if isinstance(token, Wild):
            parts[-1].append(token)
            continue
        first, *more = token.split(":", ARN_PARTS - len(parts))
        parts[-1].append(first)
        parts.extend([text] for text in more)
    return parts


def _glob(pattern: Sequence[str | Wild], one: str) -> str:
    """The pattern as a regular expression that needs no backtracking between its stars.

    The leftmost place of each piece between two stars is always right, hence the atomic groups:
    without them ``*a*a*a*...`` takes time that grows with a power of the length.
    """
    pieces = [""]
    for token in pattern:
        if token is Wild.MANY:
            pieces.append("")
        else:
            pieces[-1] += one if token is Wild.ONE else re.escape(token)
    first, *middle = pieces
    if not middle:
        return first
    last = middle.pop()
    return first + "".join(f"(?>{one}*?{piece})" for piece in middle if piece) + f"{one}*{last}"
