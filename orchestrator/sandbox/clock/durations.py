"""Lengths of time as people write them: 7d, 1d12h, -30m."""

from __future__ import annotations

import re
from datetime import timedelta

_WHOLE = re.compile(r"([+-]?)((?:[0-9]{1,6}[wdhms])+)")
_PART = re.compile(r"([0-9]+)([wdhms])")
_UNITS = {"w": "weeks", "d": "days", "h": "hours", "m": "minutes", "s": "seconds"}
LONGEST = timedelta(days=10 * 366)


def read_duration(text: str) -> timedelta:
    """That length, negative with a minus. ValueError, with words for a person."""
    found = _WHOLE.fullmatch(text)
    if found is None:
        raise ValueError(f"{text[:80]!r} is no length of time such as 7d, 12h or 1d12h")
    parts = _PART.findall(found[2])
    try:
        whole = sum((timedelta(**{_UNITS[unit]: int(n)}) for n, unit in parts), timedelta(0))
    except OverflowError:
        whole = LONGEST * 2
    if whole > LONGEST:
        raise ValueError(f"{text[:80]} is longer than ten years")
    return -whole if found[1] == "-" else whole
