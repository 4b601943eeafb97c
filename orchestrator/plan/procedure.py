"""What a host is asked: steps, expectations and endpoints, with nothing left open."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import replace

from orchestrator.checks import all_checks
from orchestrator.kinds import dns_suffix
from orchestrator.kinds.references import sole_fact
from orchestrator.model.enums import Mode, Phase, Shell
from orchestrator.model.procedure import Endpoint, Expectation, Procedure, Profile, Step
from orchestrator.model.runbook import Runbook, RunbookCheck, Wanted
from orchestrator.plan.values import filled, of_kind, resolve

IMDS = Endpoint("imds", "http://169.254.169.254", ("AWS_EC2_METADATA_SERVICE_ENDPOINT",))
"""Where an instance gets its role's credentials (EC2 User Guide, "Use the instance metadata")."""


def procedure(
    runbook: Runbook, values: Mapping[str, str], region: str, shell: Shell, mode: Mode
) -> Procedure:
    """The runbook with these values. Every check is asked in both phases, in the runbook's order.

    Raises:
        UsageError: a value is missing, or one is not of the kind that its place asks for.
    """
    known = resolve(runbook, values)
    named = [*_named(runbook.checks)]
    return Procedure(
        runbook=runbook.name,
        shell=shell,
        mode=mode,
        way=runbook.way,
        region=region,
        profile=_profile(runbook, known),
        endpoints=_endpoints(runbook.checks, region),
        steps=tuple(
            Step(f"{phase}.{name}", item.check, phase, _params(item, known))
            for phase in Phase
            for name, item in named
        ),
        expectations=tuple(
            _expectation(f"{phase}.{name}", wanted, known)
            for phase in Phase
            for name, item in named
            for wanted in item.wanted
            if wanted.phase is phase
        ),
    )


def before_alone(whole: Procedure) -> Procedure:
    """The same without anything after the switch: what a host can be asked without switching."""
    steps = whole.in_phase(Phase.BEFORE)
    kept = {step.id for step in steps}
    return replace(
        whole,
        runbook=f"{whole.runbook} (before the switch)",
        steps=steps,
        expectations=tuple(item for item in whole.expectations if item.step in kept),
    )


def _named(checks: tuple[RunbookCheck, ...]) -> Iterator[tuple[str, RunbookCheck]]:
    """Each check with a name of its own: the second ``s3_bucket`` is ``s3_bucket-2``."""
    seen: Counter[str] = Counter()
    for item in checks:
        seen[item.check] += 1
        yield (f"{item.check}-{seen[item.check]}" if seen[item.check] > 1 else item.check), item


def _profile(runbook: Runbook, values: Mapping[str, str]) -> Profile:
    profile = runbook.profile
    return Profile(
        name=of_kind("profile-name", filled(profile.name, values), "profile.name"),
        role_arn=of_kind("role-arn", filled(profile.role_arn, values), "profile.role_arn"),
        credential_source=profile.credential_source,
    )


def _params(item: RunbookCheck, values: Mapping[str, str]) -> Mapping[str, str]:
    kinds = all_checks()[item.check].params
    return {
        name: of_kind(kinds[name], filled(text, values), f"{item.check}.{name}")
        for name, text in item.params.items()
    }


def _expectation(step: str, wanted: Wanted, values: Mapping[str, str]) -> Expectation:
    value = wanted.value
    fact = sole_fact(value) if isinstance(value, str) else None
    if fact is not None:
        value = None
    elif isinstance(value, str):
        value = filled(value, values)
    return Expectation(
        id=f"{step}.{wanted.field}.{wanted.operator}",
        step=step,
        field=wanted.field,
        operator=wanted.operator,
        value=value,
        fact=fact,
    )


def _endpoints(checks: tuple[RunbookCheck, ...], region: str) -> tuple[Endpoint, ...]:
    """IMDS, STS, which the switch itself needs, and the services that the checks ask."""
    asked = [all_checks()[item.check].service for item in checks]
    services = dict.fromkeys(["sts", *asked])
    return (IMDS, *(_endpoint(service, region) for service in services))


def _endpoint(service: str, region: str) -> Endpoint:
    """The regional endpoint, and what moves it.

    The variables are those of the AWS SDKs and Tools Reference Guide, "Service-specific endpoints".
    """
    variable = f"AWS_ENDPOINT_URL_{service.upper()}"
    url = f"https://{service}.{region}.{dns_suffix(region)}"
    return Endpoint(service, url, (variable, "AWS_ENDPOINT_URL"))
