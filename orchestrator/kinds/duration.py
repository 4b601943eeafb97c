"""Durations: whole seconds, or a number with its unit."""

from __future__ import annotations

import re

LONGEST = 2_592_000
"""Thirty days in seconds: the most that any time-out of SendCommand may be."""

_UNITS = {"": 1, "s": 1, "m": 60, "h": 3600, "d": 86_400}
_DURATION = re.compile(r"([0-9]{1,9})([smhd]?)")


def seconds(text: str, least: int = 1, most: int = LONGEST) -> int:
    """The whole seconds of ``90``, ``90s``, ``10m``, ``1h`` or ``2d``.

    Raises:
        ValueError: it is no duration, or lies outside of ``least`` to ``most``.
    """
    found = _DURATION.fullmatch(text)
    if found is None:
        raise ValueError("not a duration")
    value = int(found[1]) * _UNITS[found[2]]
    if not least <= value <= most:
        raise ValueError(f"not within {least} to {most} seconds")
    return value
