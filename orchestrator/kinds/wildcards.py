"""Wildcards: ``*`` stands for anything, ``?`` for one character, all else for itself.

They are AWS's own in IAM and SSM, and mean the same on every host: what a regular expression means
depends on whose it is.
"""

from __future__ import annotations

import re


def fits(text: str, pattern: str) -> bool:
    """Whether the whole text fits the pattern, ordinal and case-sensitive."""
    parts = [{"*": ".*", "?": "."}.get(char, re.escape(char)) for char in pattern]
    return re.fullmatch("".join(parts), text, re.DOTALL) is not None


def dotnet_regex(pattern: str) -> str:
    r"""The same as a regular expression of .NET, for the whole text.

    Everything but ASCII letters and digits is written by its number: ``\x2d``, ``\u30d7``. What
    needs two UTF-16 code units is written as these two, which is how .NET sees it.
    """
    return rf"\A(?s:{''.join(map(_part, pattern))})\z"


def _part(char: str) -> str:
    if char in "*?":
        return {"*": ".*", "?": "."}[char]
    if char.isascii():
        return char if char.isalnum() else rf"\x{ord(char):02x}"
    units = char.encode("utf-16-be", "surrogatepass").hex()
    return "".join(rf"\u{units[at : at + 4]}" for at in range(0, len(units), 4))
