"""What of a host's report can be held to that of another run."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from orchestrator.checks import all_checks
from orchestrator.model.drift import HostFacts
from orchestrator.model.enums import REFUSALS, StepState
from orchestrator.model.evidence import Evidence, Observation
from orchestrator.model.procedure import Scalar
from orchestrator.model.report import HostReport
from orchestrator.wording import failure_words

ENGINE = "engine"

OF_HOST: Mapping[str, tuple[str, ...]] = {
    "operating system": ("os",),
    "computer": ("computer",),
    "user": ("user",),
    "config file": ("config_path",),
    "config file (SHA-256)": ("config_sha256",),
    "profile stands in": ("profile_source",),
    "keys of the profile": ("profile_keys",),
}
"""The facts that do not depend on what was asked, each with the envelope's names for it."""

OF_TOOLS: Mapping[str, tuple[str, ...]] = {
    "shell": ("shell", "shell_version"),
    "module": ("module", "module_version"),
    "boto3": ("boto3_version",),
    "AWS CLI": ("cli_version",),
}
"""Those that depend on the shell and the ways that were gone."""

OF_QUESTION: Mapping[str, tuple[str, ...]] = {"role in the profile": ("profile_role_arn",)}
"""Those that depend on what was asked."""

_LOOKED_FOR = {"config_sha256", "profile_source", "profile_keys"}
"""Where one of these is nothing, the host has looked, and there is none."""

BEFORE = "before.identity"
"""The step that asks for the instance's own role, which no question changes."""


def facts_of(host: HostReport) -> HostFacts:
    """What is known of the host.

    What could not be observed is left out, and so is what is new in every run, as the name of a
    session that the SDK made up.
    """
    evidence = host.evidence
    return HostFacts(
        instance_id=host.instance_id,
        region=host.region,
        account_role=host.account_role,
        outcome=host.outcome,
        cause=host.causes[0].id if host.causes else "",
        observed=evidence is not None,
        known=dict(_known(evidence, host.instance_id)) if evidence else {},
    )


def _known(evidence: Evidence, instance_id: str) -> Iterator[tuple[str, str]]:
    for item in evidence.observations:
        yield from _observed(item, instance_id)
    yield ENGINE, evidence.engine
    facts = evidence.facts
    for aspect, names in {**OF_TOOLS, **OF_HOST, **OF_QUESTION}.items():
        if aspect == "config file" and "config_source" not in facts:
            # A file of the run's own has another name in every run.
            continue
        if facts.get(names[-1]):
            yield aspect, " ".join(str(facts[name]) for name in names if facts.get(name))
        elif names[-1] in _LOOKED_FOR.intersection(facts):
            yield aspect, "none"


def _observed(item: Observation, instance_id: str) -> Iterator[tuple[str, str]]:
    if item.failure is not None:
        if item.failure.kind in REFUSALS:
            skipped = "not asked: " if item.state is StepState.SKIPPED else ""
            yield item.step, f"{skipped}{failure_words(item.failure)}"
    elif item.state is StepState.OK:
        if item.check == "identity":
            yield item.step, _identity(item.value, instance_id)
            role_id = str(item.value.get("user_id") or "").partition(":")[0]
            if item.value.get("role") and role_id:
                yield f"{item.step} role's id", role_id
        else:
            yield item.step, all_checks()[item.check].say(item.value)


def _identity(value: Mapping[str, Scalar], instance_id: str) -> str:
    """The ARN, without the session that is named anew each time."""
    arn, session = str(value.get("arn")), value.get("session")
    if not session or not arn.endswith(f"/{session}"):
        return arn
    mark = "INSTANCE-ID" if session == instance_id else "*"
    return f"{arn[: -len(str(session))]}{mark}"
