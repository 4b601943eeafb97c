"""A plan: the frozen data that `orch plan` prints and `orch run` interprets."""

from __future__ import annotations

from dataclasses import dataclass

from orchestrator.model.procedure import Procedure

DELIVERY_TIMEOUT = 60
"""Seconds in which SSM must reach the agent (SendCommand's TimeoutSeconds, 30 to 2,592,000)."""

EXECUTION_TIMEOUT = 900
"""Seconds that the script may run (executionTimeout): a cold AWSPowerShell alone took 221.8 s."""


@dataclass(frozen=True, slots=True)
class ApiCall:
    """A call that the run makes: how often at least, and how often in its worst case."""

    operation: str
    least: int
    most: int
    why: str


@dataclass(frozen=True, slots=True)
class Permission:
    """What an identity needs so that the run can pass: `who` is operator, instance or target."""

    who: str
    action: str
    resource: str
    why: str


@dataclass(frozen=True, slots=True)
class Script:
    """A rendered script as it is sent: the text, and what a reviewer compares.

    ``parts`` are files that are only there to be read (`orch render`): name and text; the profile
    is one of them. ``sha256`` and ``size`` (bytes) are of the UTF-8 text.
    """

    text: str
    sha256: str
    size: int
    parts: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class Plan:
    """One run, before it happens. Times are whole seconds.

    ``restore`` is what is sent afterwards to the hosts that gave no evidence; None for nothing.
    """

    run_id: str
    procedure: Procedure
    procedure_sha256: str
    script: Script
    document: str
    targets: tuple[str, ...]
    delivery_timeout: int
    execution_timeout: int
    comment: str
    api_calls: tuple[ApiCall, ...]
    permissions: tuple[Permission, ...]
    worst_case: int
    host_folder: str
    restore: Plan | None = None
