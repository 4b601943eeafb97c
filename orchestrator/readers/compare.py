"""What the three readings come to, taken together."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from orchestrator.readers.model import Reading, Source, State


class Verdict(StrEnum):
    """ALIKE: every reader can use the profile, for the same role from the same source."""

    ALIKE = "ALIKE"
    DIFFERENT = "DIFFERENT"
    UNUSABLE = "UNUSABLE"


@dataclass(frozen=True, slots=True)
class Comparison:
    """The readings of one profile, and the verdict over them."""

    profile: str
    readings: tuple[Reading, ...]
    verdict: Verdict


def compare(profile: str, readings: Sequence[Reading]) -> Comparison:
    """Judge what the readers make of the profile. Regions do not count: a call may name its own."""
    usable = [reading for reading in readings if can_use(reading)]
    if not usable:
        verdict = Verdict.UNUSABLE
    elif len(usable) == len(readings) and len(set(map(_identity, usable))) == 1:
        verdict = Verdict.ALIKE
    else:
        verdict = Verdict.DIFFERENT
    return Comparison(profile, tuple(readings), verdict)


def can_use(reading: Reading) -> bool:
    """Whether the reader takes the profile, and nothing is known that will fail later."""
    return reading.state is State.VALID and reading.problem is None


def _identity(reading: Reading) -> tuple[str | Source | None, ...]:
    """Who one is by it. To botocore an empty value is one, to .NET it is none."""
    texts = (reading.role_arn, reading.session_name, reading.external_id, reading.mfa_serial)
    return (*(text or None for text in texts), reading.source)
