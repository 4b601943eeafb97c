"""What was observed on a host, as it came back in the envelope of its script."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from orchestrator.model.enums import EXIT_CODES, FailureKind, Outcome, Phase, Stage, StepState
from orchestrator.model.procedure import Scalar


@dataclass(frozen=True, slots=True)
class RawFailure:
    """An error as the host saw it, before anybody judged it.

    ``chain``: full type names, outermost first. ``code`` and ``status`` come from AWS exceptions
    alone. ``operation``: the API call that was refused, where the host knows it (boto3 does).
    ``message`` is evidence for people; nothing is ever decided by it.
    """

    chain: tuple[str, ...]
    code: str | None = None
    status: int | None = None
    operation: str | None = None
    message: str = ""
    fqei: str | None = None


@dataclass(frozen=True, slots=True)
class Failure:
    """A raw failure with its meaning."""

    kind: FailureKind
    stage: Stage
    raw: RawFailure


@dataclass(frozen=True, slots=True)
class Observation:
    """What one step found. ``value`` is empty unless the state is OK. ``ms`` is milliseconds."""

    step: str
    check: str
    phase: Phase
    state: StepState
    value: Mapping[str, Scalar] = field(default_factory=dict)
    failure: Failure | None = None
    ms: int = 0


@dataclass(frozen=True, slots=True)
class Restored:
    """What the script did about its own traces: ``state`` is restored, installed or failed.

    Installed: it kept the profile that it had put into the user's file, or found it there.
    """

    state: str
    changed: tuple[str, ...] = ()
    left: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Evidence:
    """The whole envelope of one host, understood.

    ``own`` holds the script's own judgement by expectation id; ``own_verdict`` its sum.
    ``facts`` are plain facts about the host, ``settings`` the environment variables that the
    script set for its process, ``probes`` the TCP probes by service (``ok``, ``failed: ...``,
    ``skipped: ...``), ``timings`` milliseconds by stage (load, before, switch, after, restore,
    total). ``fatal`` is the error that ended the script early.
    """

    engine: str
    facts: Mapping[str, Scalar]
    settings: Mapping[str, str]
    probes: Mapping[str, str]
    observations: tuple[Observation, ...]
    own: Mapping[str, Outcome]
    own_verdict: Outcome
    restored: Restored
    timings: Mapping[str, int]
    fatal: Failure | None = None

    def fits(self, exit_code: int | None) -> bool:
        """Whether the script that judged so ends with this code."""
        return exit_code == EXIT_CODES[self.own_verdict]

    def observation(self, step_id: str) -> Observation | None:
        """What that step found, or None where the envelope does not hold it."""
        return next((item for item in self.observations if item.step == step_id), None)


class Stored(StrEnum):
    """What came of reading the whole output in S3.

    ABSENT: there is no such object. DENIED: it may not be read, or it is not there; S3 tells only
    those who may list the bucket. UNREAD: no answer that can be used. READ: it holds no envelope
    either.
    """

    NOT_ASKED = "not-asked"
    ABSENT = "absent"
    DENIED = "denied"
    UNREAD = "unread"
    READ = "read"


@dataclass(frozen=True, slots=True)
class NoEvidence:
    """There is no envelope: ``reason`` is a word of `NO_EVIDENCE`, ``detail`` is for people.

    ``stored`` is what S3 said of the whole output, where it was asked.
    """

    reason: str
    detail: str
    stored: Stored = Stored.NOT_ASKED


NO_EVIDENCE = {
    "missing": "the output holds no envelope",
    "truncated": "the envelope, or its end, was cut off",
    "malformed": "the envelope cannot be read",
    "foreign": "the envelope answers another plan",
    "ambiguous": "the output holds two different envelopes",
}
