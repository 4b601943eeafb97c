"""A runbook: what must be observed before and after a switch, with inputs still open.

Texts may hold ``${input}``, ``${input.account}`` and ``${input.name}`` (parts of a role ARN), and
``${instance_id}`` (a fact of each host). There is no other language in them.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from orchestrator.model.enums import Operator, Phase, Way
from orchestrator.model.procedure import Scalar


@dataclass(frozen=True, slots=True)
class RunbookInput:
    """A value that the runbook asks for. ``kind`` is a name of `checks.kinds`.

    ``default`` may hold references to inputs declared before it; None means that it must be given.
    """

    name: str
    kind: str
    help: str
    default: str | None = None
    example: str = ""


@dataclass(frozen=True, slots=True)
class Wanted:
    """One expectation of a runbook, its value still with references."""

    phase: Phase
    field: str
    operator: Operator
    value: Scalar = None


@dataclass(frozen=True, slots=True)
class RunbookCheck:
    """One check, asked in each phase, with what is expected of it.

    ``carried`` are parameters that no runbook writes and nothing is filled into: what was read from
    a file that a parameter names.
    """

    check: str
    params: Mapping[str, str] = field(default_factory=dict)
    wanted: tuple[Wanted, ...] = ()
    carried: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class RunbookProfile:
    """The profile to render, its texts still with references."""

    name: str
    role_arn: str
    credential_source: str = "Ec2InstanceMetadata"


@dataclass(frozen=True, slots=True)
class Runbook:
    """A whole runbook, valid in itself. ``source`` is the file it came from, for messages.

    Of one way the host must have it; of several, those that it has are compared.
    """

    name: str
    description: str
    inputs: tuple[RunbookInput, ...]
    profile: RunbookProfile
    checks: tuple[RunbookCheck, ...]
    ways: tuple[Way, ...] = (Way.PROFILE,)
    source: str = ""
