"""From the command line to schedules: what each place is to have, and who is asked there."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from orchestrator.cli.inputs import collect
from orchestrator.cli.preparing import read_settings, surroundings
from orchestrator.errors import UsageError
from orchestrator.kinds import check
from orchestrator.kinds.timing import Timing, cron, rate
from orchestrator.model.enums import Mode, Way
from orchestrator.model.runbook import Runbook, RunbookProfile
from orchestrator.model.schedule import Association, Severity, Wanted

if TYPE_CHECKING:
    from orchestrator.aws.state_manager import AwsStateManager
    from orchestrator.cli.edges import Edges
    from orchestrator.cli.inputs import Inputs
    from orchestrator.cli.options import Request

PREFIX = "orch-"
"""How the name of every schedule begins: the operator may be allowed these documents alone."""

_NAME = re.compile(r"orch-[a-zA-Z0-9_.-]{1,123}")
_NOWHERE = Runbook("schedule", "Where schedules are.", (), RunbookProfile("", ""), ())


@dataclass(frozen=True, slots=True)
class Given:
    """What is said of a schedule besides what it asks of whom."""

    name: str | None
    cron: str | None
    rate: str | None
    severity: Severity
    only_at_cron: bool
    dispatch_role: str | None


@dataclass(frozen=True, slots=True)
class At:
    """One account and region, and what is asked there."""

    region: str
    account_role: str
    aws: Edges
    manager: AwsStateManager


def checked_name(name: str) -> str:
    """The name, if a schedule may have it.

    Raises:
        UsageError: it may not.
    """
    if _NAME.fullmatch(name) is None:
        what = f"{name[:80]!a} is no name of a schedule: {PREFIX} and letters, digits, _ . -"
        raise UsageError(what, where="--name", mend=f"e.g. --name {PREFIX}nightly")
    return name


def timing_of(given: Given) -> Timing:
    """When it is to run.

    Raises:
        UsageError: neither or both are said, or State Manager would not take it.
    """
    if (given.cron is None) is (given.rate is None):
        what = "say when it runs" if given.cron is None else "only one of --cron and --rate"
        raise UsageError(what, where="--rate", mend='e.g. --rate "1 day", or --cron "0 2 ? * * *"')
    if given.rate is not None and given.only_at_cron:
        what = "--apply-only-at-cron-interval does not go together with --rate"
        raise UsageError(what, where="--rate", mend='say --cron instead, e.g. "0 2 ? * * *"')
    where, text = ("--cron", given.cron) if given.rate is None else ("--rate", given.rate)
    try:
        return (cron if where == "--cron" else rate)(text or "")
    except ValueError as error:
        example = "0 2 ? * SUN *" if where == "--cron" else "1 day"
        mend = f'e.g. {where} "{example}"; docs/scheduling.md says what is taken'
        raise UsageError(f"{(text or '')[:80]!a} is {error}", where=where, mend=mend) from None


def wanted_of(request: Request, given: Given, command: str) -> tuple[list[Wanted], Inputs]:
    """What each place is to have, in the order in which they are said.

    Raises:
        UsageError: something is wrong or missing, or cannot be scheduled.
        CredentialsError: the operator's AWS profile does not exist.
    """
    from orchestrator.cli.asking import has_person
    from orchestrator.runbook import find

    timing = timing_of(given)
    name = request.runbook or read_settings().values.get("runbook", "switch-role")
    request = replace(request, runbook=name, mode=Mode.EXISTING)
    runbook = find(name)
    if {Way.CLI, Way.SDK_STORE} & set(runbook.ways):
        raise _leaves_traces(runbook.name)
    called = checked_name(given.name or f"{PREFIX}{runbook.name}")
    if given.dispatch_role is not None:
        _check_role(given.dispatch_role)
    inputs = collect(request, runbook, surroundings(terminal=has_person()), command)
    found = [(role, region) for role in inputs.account_roles or ("",) for region in inputs.regions]
    if inputs.selection is None and len(found) > 1:
        mend = "choose them by a tag, a resource group or --all; or schedule each place by itself"
        raise UsageError("instances that are named are in one place", where="--region", mend=mend)
    given = replace(given, name=called)
    made = [_wanted(runbook, inputs, given, timing, place) for place in found]
    return made, inputs


def _check_role(arn: str) -> None:
    try:
        check("role-arn", arn)
    except ValueError as error:
        where = "--association-dispatch-assume-role"
        mend = f"e.g. {where} arn:aws:iam::111111111111:role/orch-dispatch"
        raise UsageError(str(error), where=where, mend=mend) from None


def _wanted(
    runbook: Runbook, inputs: Inputs, given: Given, timing: Timing, place: tuple[str, str]
) -> Wanted:
    """What that account role and region are to have."""
    from orchestrator import plan as planning
    from orchestrator.render import render
    from orchestrator.schedules import document, script_run_id, targets_of

    account_role, region = place
    name, dispatch_role = given.name or "", given.dispatch_role or ""
    asked = planning.procedure(runbook, inputs.values, region, inputs.how)
    if asked.makes_folder:
        raise _leaves_traces(asked.runbook)
    sha256 = asked.sha256()
    run_id = script_run_id(name, sha256)
    by_group = inputs.selection is not None and bool(inputs.selection.resource_group)
    return Wanted(
        name=name,
        procedure=asked,
        plan_sha256=sha256,
        run_id=run_id,
        timeout=inputs.timeout,
        document=document(name, asked, render(asked, run_id), inputs.timeout),
        association=Association(
            name=name,
            document_version="",
            targets=targets_of(inputs.selection, inputs.targets),
            expression=timing.expression,
            only_at_cron=given.only_at_cron,
            severity=given.severity,
            max_concurrency=inputs.pace.max_concurrency or "100%",
            max_errors=inputs.pace.max_errors or "100%",
            output_s3=inputs.output_s3,
            dispatch_role=dispatch_role,
        ),
        account_role=account_role,
        permissions=planning.schedule_permissions(
            asked,
            name,
            account_role=account_role,
            by_group=by_group,
            output_s3=inputs.output_s3,
            dispatch_role=dispatch_role,
        ),
    )


def _leaves_traces(runbook: str) -> UsageError:
    """Its script is the same each time, and a folder that a killed one left would be in its way."""
    what = f"{runbook} writes on the host, and a schedule may not"
    mend = "schedule one without scripts of its own and without the ways cli and sdk-store"
    return UsageError(what, where="RUNBOOK", mend=mend)


def places_of(request: Request, command: str) -> tuple[list[At], Inputs]:
    """Where schedules are looked for.

    Raises:
        UsageError: no region is known, or something is malformed.
        CredentialsError: the operator's AWS profile does not exist.
    """
    from orchestrator.cli.asking import has_person

    inputs = collect(request, _NOWHERE, surroundings(terminal=has_person()), command)
    roles = inputs.account_roles or ("",)
    own, other = inputs.profile, inputs.target_profile
    return [at(own, region, role, other) for role in roles for region in inputs.regions], inputs


def at(profile: str | None, region: str, account_role: str, target: str | None = None) -> At:
    """What is asked in that place. ``target`` is the operator's AWS profile in account B, if any.

    Raises:
        CredentialsError: a profile does not exist.
    """
    from orchestrator.aws.state_manager import AwsStateManager
    from orchestrator.cli.edges import edges

    aws = edges(profile, target, region, account_role)
    return At(region, account_role, aws, AwsStateManager(aws.access, aws.clock))
