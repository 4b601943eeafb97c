"""How far a run is, as one look at its commands saw it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

MOST_NAMED = 3
"""Hosts that are named at most; more are counted."""


@dataclass(frozen=True, slots=True)
class Look:
    """``elapsed`` are the seconds since the first send, ``expected`` those that it usually takes.

    ``states`` count the hosts by SSM's Status. ``failed`` did not end in Success, the newest first;
    ``slow`` are the last ones that others have left behind. Both name a few of them.
    """

    elapsed: float
    states: Mapping[str, int]
    expected: float | None = None
    failed: tuple[str, ...] = ()
    slow: tuple[str, ...] = ()
