"""Level 1: expectations and observations in words, for people. No verdict depends on them."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from orchestrator.model.enums import FailureKind, Operator, Stage, StepState
from orchestrator.model.evidence import Failure, Observation
from orchestrator.model.procedure import Expectation, Scalar

_KINDS = {
    FailureKind.ACCESS_DENIED: "refused",
    FailureKind.NOT_FOUND: "not found",
    FailureKind.PROFILE_MISSING: "the profile is missing",
    FailureKind.PROFILE_INVALID: "the profile is not valid",
    FailureKind.NO_CREDENTIALS: "no credentials",
    FailureKind.IMDS: "no credentials from the instance metadata",
    FailureKind.NETWORK: "no answer over the network",
    FailureKind.THROTTLED: "throttled",
    FailureKind.EXPIRED: "expired credentials",
    FailureKind.CLOCK: "the host's clock is wrong",
    FailureKind.NO_REGION: "no region",
    FailureKind.MODULE_MISSING: "the module is not installed",
    FailureKind.TOOL_MISSING: "not on this host",
    FailureKind.PROFILE_CONFLICT: "the profile was not installed",
    FailureKind.HOST_USER: "there is no such user",
    FailureKind.SCRIPT: "the script gave no answer",
    FailureKind.OTHER: "an error",
}


def scalar_words(value: Scalar) -> str:
    """A fact as people read it."""
    if value is None:
        return "nothing"
    if isinstance(value, bool):
        return "yes" if value else "no"
    return value


_EXPECTED: Mapping[Operator, Callable[[str, str], str]] = {
    Operator.EQUALS: lambda field, value: f"{field} is {value}",
    Operator.MATCHES: lambda field, value: f"{field} matches {value}",
    Operator.CONTAINS: lambda field, value: f"{field} contains {value}",
    Operator.ABSENT: lambda field, _value: f"not {field}",
    Operator.DENIED: lambda _field, _value: "to be refused",
    Operator.CHANGED: lambda field, _value: f"{field} differs from before the switch",
    Operator.UNCHANGED: lambda field, _value: f"{field} is the same as before the switch",
}


def expected_words(item: Expectation, value: Scalar) -> str:
    """What is expected, e.g. ``account is 222222222222``."""
    if isinstance(value, bool):
        return item.field if value else f"not {item.field}"
    return _EXPECTED[item.operator](item.field, scalar_words(value))


def failure_words(failure: Failure) -> str:
    """Why there is no answer, e.g. ``refused while assuming the role (AccessDenied)``."""
    where = " while assuming the role" if failure.stage is Stage.SWITCH else ""
    code = f" ({failure.raw.code})" if failure.raw.code else ""
    return f"{_KINDS[failure.kind]}{where}{code}"


def observed_words(item: Expectation, observation: Observation | None) -> str:
    """What was observed for that field, in words."""
    if observation is None:
        return "not observed"
    if observation.failure is not None:
        skipped = "not asked: " if observation.state is StepState.SKIPPED else ""
        return skipped + failure_words(observation.failure)
    if item.operator is Operator.DENIED:
        return "an answer"
    if item.field not in observation.value:
        return "not observed"
    value = observation.value[item.field]
    if isinstance(value, bool):
        return item.field if value else f"not {item.field}"
    return scalar_words(value)


def hosts_words(count: int) -> str:
    """How many hosts."""
    return "1 host" if count == 1 else f"{count} hosts"


def place_words(region: str, account_role: str) -> str:
    """The region, with the account where a role is assumed to reach it."""
    account = f" of account {account_role.split(':')[4]}" if account_role else ""
    return f"{region}{account}"


def duration_words(seconds: float) -> str:
    """A span of time: ``12 ms`` below a tenth of a second, else ``0.3 s``; ``15 s`` from ten on."""
    if seconds < 0.1:
        return f"{seconds * 1000:.0f} ms"
    return f"{seconds:.1f} s" if seconds < 10 else f"{seconds:.0f} s"


def host_words(facts: Mapping[str, Scalar]) -> list[str]:
    """What asked on the host, and as whom: the shell, the module, the user; what is known of it."""
    shell = f"{facts.get('shell') or ''} {facts.get('shell_version') or ''}".strip()
    module = f"{facts.get('module') or ''} {facts.get('module_version') or ''}".strip()
    tools = [str(facts[name]) for name in ("cli_version", "boto3_version") if facts.get(name)]
    return [part for part in (shell, module, *tools, f"as {facts.get('user')}") if part]
