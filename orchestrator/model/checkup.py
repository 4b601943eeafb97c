"""What `orch doctor` looks at, and what it finds: a line each."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from orchestrator.model.access import Unread
from orchestrator.model.enums import OWN_EXIT_CODES, Outcome, sum_of


@dataclass(frozen=True, slots=True)
class InstanceRead:
    """An instance as EC2 knows it. ``exists`` is None where nobody could tell.

    ``state`` is EC2's word (running, stopped, ...). ``profile_arn`` is empty without an instance
    profile; ``roles`` are the ARNs of the roles in it (one at most), None where they are unknown.
    ``endpoint`` and ``tokens`` are the metadata options HttpEndpoint and HttpTokens, ``hops`` the
    hop limit.
    """

    instance_id: str
    exists: bool | None = None
    state: str = ""
    profile_arn: str = ""
    roles: tuple[str, ...] | None = None
    endpoint: str = ""
    tokens: str = ""
    hops: int | None = None
    unread: tuple[Unread, ...] = ()


@dataclass(frozen=True, slots=True)
class Finding:
    """One line. ``what`` was looked at, ``cause`` is a name of the catalogue where one fits."""

    what: str
    outcome: Outcome
    said: str
    mend: str = ""
    cause: str = ""


@dataclass(frozen=True, slots=True)
class HostCheckup:
    """All lines about one host."""

    instance_id: str
    findings: tuple[Finding, ...]


@dataclass(frozen=True, slots=True)
class Checkup:
    """The whole examination. Nothing was switched for it. ``api_calls`` are counts."""

    hosts: tuple[HostCheckup, ...]
    api_calls: Mapping[str, int]
    notes: tuple[str, ...] = ()

    @property
    def outcome(self) -> Outcome:
        """FAIL wins over UNKNOWN, UNKNOWN over PASS; no line at all is UNKNOWN."""
        return sum_of(finding.outcome for host in self.hosts for finding in host.findings)

    @property
    def exit_code(self) -> int:
        """As a run's: 0, 1 where something is wrong, 4 where something could not be seen."""
        return OWN_EXIT_CODES[self.outcome]
