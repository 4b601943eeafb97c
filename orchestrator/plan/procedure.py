"""What a host is asked: steps, expectations and endpoints, with nothing left open."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace

from orchestrator.checks import all_checks
from orchestrator.errors import UsageError
from orchestrator.kinds import dns_suffix
from orchestrator.kinds.references import sole_fact
from orchestrator.model.enums import WAYS_OF, Mode, Phase, Platform, Shell, Way
from orchestrator.model.procedure import Endpoint, Expectation, Procedure, Profile, Step
from orchestrator.model.runbook import Runbook, RunbookCheck, Wanted
from orchestrator.plan.values import filled, of_kind, resolve

IMDS = Endpoint("imds", "http://169.254.169.254", ("AWS_EC2_METADATA_SERVICE_ENDPOINT",))
"""Where an instance gets its role's credentials (EC2 User Guide, "Use the instance metadata")."""


@dataclass(frozen=True, slots=True)
class OnTheHost:
    """How the host is asked, beside what it is asked."""

    shell: Shell = Shell.POWERSHELL
    mode: Mode = Mode.EPHEMERAL
    platform: Platform = Platform.WINDOWS
    host_user: str = ""
    force: bool = False


def procedure(
    runbook: Runbook, values: Mapping[str, str], region: str, how: OnTheHost
) -> Procedure:
    """The runbook with these values. Every check is asked in both phases, in the runbook's order.

    Before the switch it is asked once, and after it in each of the runbook's ways.

    Raises:
        UsageError: a value is missing, or one is not of the kind that its place asks for; a script
            in this language, or on this platform, cannot go the runbook's way.
    """
    known = resolve(runbook, values)
    ways = _ways(runbook, how)
    asked = [*_asked(runbook, ways)]
    _refuse(runbook, known, how.shell)
    return Procedure(
        runbook=runbook.name,
        shell=how.shell,
        mode=how.mode,
        platform=how.platform,
        host_user=how.host_user,
        force=how.force,
        ways=ways,
        region=region,
        profile=_profile(runbook, known),
        endpoints=_endpoints(runbook.checks, region),
        steps=tuple(
            Step(name, item.check, phase, _params(item, known), way)
            for name, item, phase, way in asked
        ),
        expectations=tuple(
            _expectation(name, wanted, known, optional=_is_optional(item, runbook))
            for name, item, phase, _ in asked
            for wanted in item.wanted
            if wanted.phase is phase
        ),
    )


def _ways(runbook: Runbook, how: OnTheHost) -> tuple[Way, ...]:
    """The runbook's ways, as far as the script can go them. The SDK's store is left to the last.

    What is stored there would shadow a profile of the same name for the other ways.
    """
    if how.platform is Platform.LINUX and how.shell is not Shell.PYTHON:
        mend = "say --shell python"
        raise UsageError("on Linux the checks run in Python", where="--shell", mend=mend)
    possible = [way for way in runbook.ways if way in WAYS_OF[how.shell]]
    if how.shell is Shell.PYTHON and Way.PROFILE in possible and Way.PYTHON in possible:
        # To a script in Python these two are the same.
        possible.remove(Way.PROFILE)
    if not possible:
        (way,) = runbook.ways[:1]
        what = f"a script in {how.shell} cannot go the way {way} of the runbook {runbook.name}"
        shells = " or ".join(shell for shell, ways in WAYS_OF.items() if way in ways)
        raise UsageError(what, where="--shell", mend=f"say --shell {shells}")
    if how.mode is not Mode.EPHEMERAL and Way.SDK_STORE in possible:
        # It brings its profile into the store itself, and takes it out again.
        possible.remove(Way.SDK_STORE)
        if not possible:
            what = f"the way {Way.SDK_STORE} has no mode {how.mode}: it makes a profile of its own"
            raise UsageError(what, where="--mode", mend="leave --mode out")
    return tuple(sorted(possible, key=lambda way: way is Way.SDK_STORE))


def _asked(
    runbook: Runbook, ways: tuple[Way, ...]
) -> Iterator[tuple[str, RunbookCheck, Phase, Way]]:
    """Every step: its id, its check, its phase and its way."""
    named = [*_named(runbook.checks)]
    for name, item in named:
        yield f"{Phase.BEFORE}.{name}", item, Phase.BEFORE, _ways_of(item, ways)[0]
    for way in ways:
        where = f"{Phase.AFTER}.{way}" if len(ways) > 1 else str(Phase.AFTER)
        for name, item in named:
            if way in _ways_of(item, ways):
                yield f"{where}.{name}", item, Phase.AFTER, way


def _ways_of(item: RunbookCheck, ways: tuple[Way, ...]) -> tuple[Way, ...]:
    """Those of the ways that the check is asked in; UsageError where it cannot be in any."""
    check = all_checks()[item.check]
    found = tuple(way for way in ways if way in check.ways)
    if not found:
        what = f"the check {check.name} cannot be asked in the way {' or '.join(ways)}"
        mend = f"take it out, or go one of the ways {', '.join(w for w in Way if w in check.ways)}"
        raise UsageError(what, where="way", mend=mend)
    return found[:1] if check.of_host else found


def _is_optional(item: RunbookCheck, runbook: Runbook) -> bool:
    """Of several ways one that the host does not have does not count. The host is always there."""
    return len(runbook.ways) > 1 and not all_checks()[item.check].of_host


def _refuse(runbook: Runbook, values: Mapping[str, str], shell: Shell) -> None:
    for item in runbook.checks:
        if reason := all_checks()[item.check].refuses(_params(item, values), shell):
            raise UsageError(reason, where=item.check, mend="say --shell powershell")


def before_alone(whole: Procedure) -> Procedure:
    """The same without anything after the switch: what a host can be asked without switching.

    Without a script of the user's own, too: nobody knows here that it only reads.
    """
    steps = tuple(step for step in whole.in_phase(Phase.BEFORE) if "content" not in step.params)
    looks_only = Mode.EPHEMERAL if whole.mode is Mode.EPHEMERAL else Mode.EXISTING
    kept = {step.id for step in steps}
    return replace(
        whole,
        runbook=f"{whole.runbook} (before the switch)",
        mode=looks_only,
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
    check = all_checks()[item.check]
    given = {**check.defaults, **item.params}
    filled_in = {
        name: of_kind(check.params[name], filled(text, values), f"{item.check}.{name}")
        for name, text in given.items()
    }
    return {**filled_in, **item.carried}


def _expectation(
    step: str, wanted: Wanted, values: Mapping[str, str], *, optional: bool
) -> Expectation:
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
        optional=optional,
    )


def _endpoints(checks: tuple[RunbookCheck, ...], region: str) -> tuple[Endpoint, ...]:
    """IMDS, STS, which the switch itself needs, and the services that the checks ask."""
    asked = [all_checks()[item.check].service for item in checks]
    services = filter(None, dict.fromkeys(["sts", *asked]))
    return (IMDS, *(_endpoint(service, region) for service in services))


def _endpoint(service: str, region: str) -> Endpoint:
    """The regional endpoint, and what moves it.

    The variables are those of the AWS SDKs and Tools Reference Guide, "Service-specific endpoints".
    """
    variable = f"AWS_ENDPOINT_URL_{service.upper()}"
    url = f"https://{service}.{region}.{dns_suffix(region)}"
    return Endpoint(service, url, (variable, "AWS_ENDPOINT_URL"))
