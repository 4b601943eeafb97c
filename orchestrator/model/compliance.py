"""How a fleet stands: each host by each schedule, and what Systems Manager is told of it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from orchestrator.model.enums import OWN_EXIT_CODES, Outcome, sum_of


@dataclass(frozen=True, slots=True)
class Followed:
    """A schedule as far as it matters for how a host stands.

    ``period`` are the most seconds between two runs; 0 where nobody knows.
    """

    name: str
    period: int = 0
    severity: str = "UNSPECIFIED"


@dataclass(frozen=True, slots=True)
class Standing:
    """How one host stands by one schedule.

    ``since`` is the first of the runs that all said so, ``seen`` the newest one, which ``run_id``
    names. ``reason`` says why nothing is known, ``cause`` is the id of the first cause. ``changes``
    are those of the outcome among the newest results, ``flapping`` that they are many.
    """

    instance_id: str
    name: str
    region: str
    account_role: str
    schedule: str
    plan_sha256: str
    outcome: Outcome
    since: datetime
    seen: datetime
    run_id: str
    reason: str = ""
    cause: str = ""
    changes: int = 0
    flapping: bool = False
    severity: str = "UNSPECIFIED"


@dataclass(frozen=True, slots=True)
class Fleet:
    """How all of it stands at one moment.

    ``idle`` are the schedules that ran and found no host, each with its region and account's role.
    """

    at: datetime
    standings: Sequence[Standing]
    notes: tuple[str, ...] = ()
    idle: tuple[tuple[str, str, str], ...] = ()

    @property
    def outcome(self) -> Outcome:
        """FAIL wins over UNKNOWN, UNKNOWN over PASS; where there is no host, it is UNKNOWN."""
        found = [item.outcome for item in self.standings]
        return sum_of([*found, *(Outcome.UNKNOWN for _ in self.idle)])

    @property
    def exit_code(self) -> int:
        """As a run's."""
        return OWN_EXIT_CODES[self.outcome]


@dataclass(frozen=True, slots=True)
class Item:
    """A compliance item. ``status`` is COMPLIANT or NON_COMPLIANT: AWS knows no third."""

    id: str
    title: str
    severity: str
    status: str
    details: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class HostItems:
    """The items of our type that a host has."""

    items: tuple[Item, ...] = ()


@dataclass(frozen=True, slots=True)
class Published:
    """What came of telling Systems Manager: how many hosts were written, and who could not be."""

    written: int
    equal: int
    gone: tuple[str, ...] = ()
    failed: tuple[tuple[str, str], ...] = ()
