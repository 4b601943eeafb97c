"""A plan: the frozen data that `orch plan` prints and `orch run` interprets."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from orchestrator.model.procedure import Procedure, procedure_from_data

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


def plan_from_data(data: Mapping[str, Any]) -> Plan:
    """A plan from what `as_data` made of it; KeyError, TypeError or ValueError if it is none."""
    script = data["script"]
    return Plan(
        run_id=str(data["run_id"]),
        procedure=procedure_from_data(data["procedure"]),
        procedure_sha256=str(data["procedure_sha256"]),
        script=Script(
            str(script["text"]),
            str(script["sha256"]),
            int(script["size"]),
            tuple((str(name), str(text)) for name, text in script["parts"]),
        ),
        document=str(data["document"]),
        targets=tuple(str(target) for target in data["targets"]),
        delivery_timeout=int(data["delivery_timeout"]),
        execution_timeout=int(data["execution_timeout"]),
        comment=str(data["comment"]),
        api_calls=tuple(ApiCall(**item) for item in data["api_calls"]),
        permissions=tuple(Permission(**item) for item in data["permissions"]),
        worst_case=int(data["worst_case"]),
        host_folder=str(data["host_folder"]),
        restore=plan_from_data(data["restore"]) if data.get("restore") else None,
    )
