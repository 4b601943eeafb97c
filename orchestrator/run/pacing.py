"""In which order hosts are sent to, and how many at once: the plan's pace as numbers."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from orchestrator.model.plan import Pace, Plan

CHUNK = 50
"""Instance ids in one SendCommand at most."""

AT_ONCE = 50
"""SendCommand's own MaxConcurrency: without it an error budget would have nothing left to stop."""


@dataclass(frozen=True, slots=True)
class Chunk:
    """What one SendCommand is sent to. ``number`` counts the run's chunks from 0."""

    number: int
    instance_ids: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Budget:
    """Hosts that may be under way at once, and how many may fail before nothing more is sent."""

    at_once: int
    errors: int


def all_waves(plan: Plan, instance_ids: Sequence[str]) -> list[list[Chunk]]:
    """The hosts of a plan: all in one command where it goes by tags, else in fifties."""
    return [[Chunk(0, tuple(instance_ids))]] if plan.tags else waves(plan.pace, instance_ids)


def waves(pace: Pace, instance_ids: Sequence[str]) -> list[list[Chunk]]:
    """The hosts in fifties: those of the canary, and then, if they pass, the others."""
    parts = (instance_ids[: pace.canary], instance_ids[pace.canary :])
    found: list[list[Chunk]] = []
    number = 0
    for part in parts:
        wave = [Chunk(number + at, ids) for at, ids in enumerate(_in_fifties(part))]
        number += len(wave)
        if wave:
            found.append(wave)
    return found


def _in_fifties(instance_ids: Sequence[str]) -> Iterator[tuple[str, ...]]:
    for begin in range(0, len(instance_ids), CHUNK):
        yield tuple(instance_ids[begin : begin + CHUNK])


def budget(pace: Pace, hosts: int) -> Budget:
    """The pace for so many hosts. A percentage is rounded down, but one host may always run."""
    usual = str(AT_ONCE) if pace.max_errors else "100%"
    return Budget(
        at_once=max(1, _share(pace.max_concurrency or usual, hosts)),
        errors=_share(pace.max_errors or "100%", hosts),
    )


def _share(text: str, hosts: int) -> int:
    if text.endswith("%"):
        return hosts * int(text[:-1]) // 100
    return int(text)
