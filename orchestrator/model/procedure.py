"""What one host is asked to do: the part of a plan that a script is rendered from.

It names no run and no target, so that the same question has the same hash in every run.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field

from orchestrator.model.codec import canonical_json
from orchestrator.model.enums import Mode, Operator, Phase, Platform, Shell, Task, Way

Scalar = str | bool | None
"""A fact or an expected value. Numbers travel as text: an account id has leading zeros."""


ANSWER = "answer"
"""Stands for a field where an expectation is about the whole answer: it must be refused."""


@dataclass(frozen=True, slots=True)
class Profile:
    """An AWS config profile that assumes a role from the instance's own credentials."""

    name: str
    role_arn: str
    credential_source: str = "Ec2InstanceMetadata"


@dataclass(frozen=True, slots=True)
class Endpoint:
    """An address that the script probes with a TCP connect before it asks the service.

    ``service`` is ``imds``, ``sts`` or ``s3``; ``variables`` are the environment variables, first
    one first, that move it on the host.
    """

    service: str
    url: str
    variables: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Step:
    """One check in one phase, asked in one way.

    ``id`` is unique in the procedure, e.g. ``after.identity``, or ``after.cli.identity`` where a
    procedure goes several ways.
    """

    id: str
    check: str
    phase: Phase
    params: Mapping[str, str] = field(default_factory=dict)
    way: Way = Way.PROFILE


@dataclass(frozen=True, slots=True)
class Expectation:
    """What must hold for one field of one step.

    ``value`` is the literal to compare with; where ``fact`` is set, the value is that fact of the
    host (``instance_id``) and ``value`` is None. ``absent``, ``changed`` and ``unchanged`` take
    neither; ``denied`` is about the step as a whole, and its ``field`` is `ANSWER`. What is
    ``optional`` does not count where the host does not have the step's way at all.
    """

    id: str
    step: str
    field: str
    operator: Operator
    value: Scalar = None
    fact: str | None = None
    optional: bool = False


@dataclass(frozen=True, slots=True)
class Procedure:
    """Everything that the script on a host does, as data.

    ``host_user`` is the host's user whose files are meant in the modes that use them; empty for the
    account that the command runs as. ``force``: an installation replaces what it would else leave
    alone. ``of_run`` is the one run that a task to restore is about; empty for all that are found.
    """

    runbook: str
    shell: Shell
    mode: Mode
    ways: tuple[Way, ...]
    region: str
    profile: Profile
    endpoints: tuple[Endpoint, ...]
    steps: tuple[Step, ...]
    expectations: tuple[Expectation, ...]
    platform: Platform = Platform.WINDOWS
    task: Task = Task.PROVE
    host_user: str = ""
    force: bool = False
    of_run: str = ""
    schema: int = 1

    def sha256(self) -> str:
        """The plan's SHA-256: of this procedure as canonical JSON, 64 hex digits."""
        return hashlib.sha256(canonical_json(self).encode()).hexdigest()

    def step(self, step_id: str) -> Step:
        """The step of that id; KeyError where there is none."""
        for step in self.steps:
            if step.id == step_id:
                return step
        raise KeyError(step_id)

    def in_phase(self, phase: Phase) -> tuple[Step, ...]:
        """The steps of one phase, in the order in which they run."""
        return tuple(step for step in self.steps if step.phase is phase)

    @property
    def runs_scripts(self) -> bool:
        """Whether it runs scripts of the user's own."""
        return any("content" in step.params for step in self.steps)

    @property
    def makes_folder(self) -> bool:
        """Whether a run of it makes a folder of its own on the host, which may be left there.

        A profile that is only looked at needs none; a script of the user's own lies in it, and the
        AWS CLI has its home there.
        """
        if self.task is not Task.PROVE:
            return False
        return self.mode is not Mode.EXISTING or Way.CLI in self.ways or self.runs_scripts

    def named_profile(self, step: Step) -> str | None:
        """The profile that the step's call names; None where it names none.

        A profile in the SDK's store is named after the run instead: see `stored_profiles`.
        """
        names = step.phase is Phase.AFTER and step.way is not Way.SESSION_DEFAULT
        return self.profile.name if names else None


def stored_profiles(run_id: str) -> tuple[str, str]:
    """The names under which a run stores its role profile and the temporary keys below it."""
    return f"orch-{run_id}", f"orch-{run_id}-source"


def procedure_from_data(data: Mapping[str, object]) -> Procedure:
    """A procedure from what `as_data` made of it; ValueError, KeyError, TypeError if it is none."""
    profile = _mapping(data["profile"])
    return Procedure(
        schema=int(str(data["schema"])),
        runbook=str(data["runbook"]),
        shell=Shell(str(data["shell"])),
        mode=Mode(str(data["mode"])),
        ways=tuple(Way(str(way)) for way in _list(data["ways"])),
        region=str(data["region"]),
        profile=Profile(**{key: str(value) for key, value in profile.items()}),
        platform=Platform(str(data["platform"])),
        task=Task(str(data["task"])),
        host_user=str(data["host_user"]),
        force=data["force"] is True,
        of_run=str(data["of_run"]),
        endpoints=tuple(_endpoint(item) for item in _mappings(data["endpoints"])),
        steps=tuple(_step(item) for item in _mappings(data["steps"])),
        expectations=tuple(_expectation(item) for item in _mappings(data["expectations"])),
    )


def _endpoint(data: Mapping[str, object]) -> Endpoint:
    variables = tuple(str(name) for name in _list(data["variables"]))
    return Endpoint(str(data["service"]), str(data["url"]), variables)


def _step(data: Mapping[str, object]) -> Step:
    params = {key: str(value) for key, value in _mapping(data["params"]).items()}
    return Step(
        str(data["id"]),
        str(data["check"]),
        Phase(str(data["phase"])),
        params,
        Way(str(data["way"])),
    )


def _expectation(data: Mapping[str, object]) -> Expectation:
    value, fact = data["value"], data["fact"]
    if not (value is None or isinstance(value, str | bool)):
        raise TypeError("an expected value is text or a truth value")
    return Expectation(
        id=str(data["id"]),
        step=str(data["step"]),
        field=str(data["field"]),
        operator=Operator(str(data["operator"])),
        value=value,
        fact=None if fact is None else str(fact),
        optional=data["optional"] is True,
    )


def _mapping(value: object) -> Mapping[str, object]:
    if not isinstance(value, Mapping):
        raise TypeError("expected a mapping")
    return value


def _mappings(value: object) -> list[Mapping[str, object]]:
    return [_mapping(item) for item in _list(value)]


def _list(value: object) -> list[object]:
    if not isinstance(value, list):
        raise TypeError("expected a list")
    return value
