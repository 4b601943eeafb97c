"""What was seen of one case, before anything is made of it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

Told = Mapping[tuple[int, str], tuple[str, float]]
"""By the script's number and the host: the verdict, and when it was there."""


@dataclass(frozen=True)
class Run:
    """One process on its hosts. ``cpu`` in seconds, ``memory`` in MiB: that of the largest process.

    Times are seconds since 1970.
    """

    hosts: Sequence[str]
    began: float
    ended: float
    cpu: float
    memory: float


@dataclass(frozen=True)
class Race:
    """What was seen of a case. ``ends`` are the hosts' own, by the script's number and the host."""

    runs: Sequence[Run]
    calls: Sequence[Mapping[str, Any]]
    ends: Mapping[tuple[int, str], float]
    told: Told
