"""The closed vocabularies. Their values are what reports and plans print."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from enum import StrEnum


class Outcome(StrEnum):
    """What is known: it holds, it does not hold, or it could not be observed."""

    PASS = "PASS"  # noqa: S105 - a verdict, not a word to pass by
    FAIL = "FAIL"
    UNKNOWN = "UNKNOWN"


EXIT_CODES: Mapping[Outcome, int] = {Outcome.PASS: 0, Outcome.FAIL: 10, Outcome.UNKNOWN: 20}
"""What a script ends with, by its own verdict."""

OWN_EXIT_CODES: Mapping[Outcome, int] = {Outcome.PASS: 0, Outcome.FAIL: 1, Outcome.UNKNOWN: 4}
"""What orch itself ends with, by the outcome of all."""


def sum_of(outcomes: Iterable[Outcome]) -> Outcome:
    """FAIL wins over UNKNOWN, UNKNOWN over PASS; of none at all nothing is known."""
    seen = set(outcomes)
    if Outcome.FAIL in seen:
        return Outcome.FAIL
    return Outcome.PASS if seen == {Outcome.PASS} else Outcome.UNKNOWN


class Shell(StrEnum):
    """The language of the script that runs on the host."""

    POWERSHELL = "powershell"
    PYTHON = "python"


class Mode(StrEnum):
    """What the run does with the profile on the host.

    ``ephemeral``: it lies in a file of the run's own and is deleted. ``install``: it is put into
    the config file of the host's user, and stays there if the checks after the switch pass.
    ``existing``: nothing is written; what is there is used.
    """

    EPHEMERAL = "ephemeral"
    INSTALL = "install"
    EXISTING = "existing"


class Task(StrEnum):
    """What a script is for.

    ``prove``: the checks of a runbook. ``restore``: put back what runs left that could not do it
    themselves. ``uninstall``: take an installed profile out again.
    """

    PROVE = "prove"
    RESTORE = "restore"
    UNINSTALL = "uninstall"


class Platform(StrEnum):
    """What a host runs, in the words of SSM's PlatformType."""

    WINDOWS = "Windows"
    LINUX = "Linux"


class Way(StrEnum):
    """How the calls after the switch come to use the profile.

    ``profile``: each call names it. ``session-default``: it is made the session's default once, and
    the calls name nothing. ``sdk-store``: temporary keys and a role profile on them are put into
    the SDK's own store, and removed again. ``cli``: the AWS CLI on the host, with ``--profile``.
    ``python``: boto3 on the host, with that profile.
    """

    PROFILE = "profile"
    SESSION_DEFAULT = "session-default"
    SDK_STORE = "sdk-store"
    CLI = "cli"
    PYTHON = "python"


WAYS_OF: Mapping[Shell, tuple[Way, ...]] = {
    Shell.POWERSHELL: tuple(Way),
    Shell.PYTHON: (Way.PROFILE, Way.SESSION_DEFAULT, Way.CLI, Way.PYTHON),
}
"""The ways that a script in each language can go."""


class Phase(StrEnum):
    """Before the switch (the instance's own role) or after it (through the profile)."""

    BEFORE = "before"
    AFTER = "after"


class Operator(StrEnum):
    """How an expectation compares what was observed.

    ``equals``: the same text or truth value, ordinal. ``matches``: the whole text fits, where
    ``*`` stands for anything and ``?`` for one character. ``contains``: that text is in it.
    ``absent``: the thing is not to be seen; a refusal counts, a network error does not.
    ``denied``: the call must be refused; only AccessDenied counts. ``changed`` and ``unchanged``:
    against the same check before the switch.
    """

    EQUALS = "equals"
    MATCHES = "matches"
    CONTAINS = "contains"
    ABSENT = "absent"
    DENIED = "denied"
    CHANGED = "changed"
    UNCHANGED = "unchanged"


AGAINST_BEFORE = frozenset({Operator.CHANGED, Operator.UNCHANGED})
"""The operators that need to know what the same check found before the switch."""


class StepState(StrEnum):
    """How one check ended on the host."""

    OK = "ok"
    ERROR = "error"
    SKIPPED = "skipped"


class Stage(StrEnum):
    """Where a check failed: on the host itself, while assuming the role, or in the call."""

    LOCAL = "local"
    SWITCH = "switch"
    CALL = "call"


class FailureKind(StrEnum):
    """Why a check got no answer, told by exception types and error codes, never by text."""

    ACCESS_DENIED = "access-denied"
    NOT_FOUND = "not-found"
    PROFILE_MISSING = "profile-missing"
    PROFILE_INVALID = "profile-invalid"
    NO_CREDENTIALS = "no-credentials"
    IMDS = "imds"
    NETWORK = "network"
    THROTTLED = "throttled"
    EXPIRED = "expired"
    CLOCK = "clock"
    NO_REGION = "no-region"
    MODULE_MISSING = "module-missing"
    TOOL_MISSING = "tool-missing"
    PROFILE_CONFLICT = "profile-conflict"
    HOST_USER = "host-user"
    SCRIPT = "script"
    OTHER = "other"


REFUSALS = frozenset(
    {
        FailureKind.ACCESS_DENIED,
        FailureKind.NOT_FOUND,
        FailureKind.PROFILE_MISSING,
        FailureKind.PROFILE_INVALID,
    }
)
"""The failures that are observations: somebody looked and decided. All others mean that nothing
could be observed, so what depends on them is UNKNOWN."""


NOT_THERE = frozenset({FailureKind.MODULE_MISSING, FailureKind.TOOL_MISSING})
"""The failures that mean that the host does not have this way to ask at all."""
