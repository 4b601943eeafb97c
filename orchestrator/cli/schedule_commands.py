"""`orch schedule`: a runbook that State Manager runs again and again."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import typer

from orchestrator.cli.option_types import Output, OutputOption
from orchestrator.cli.options import Request, takes_request
from orchestrator.cli.schedule_options import (
    WITHOUT,
    AccountRoleOption,
    CronOption,
    DispatchOption,
    NameOption,
    OnlyOption,
    ProfileOption,
    RateOption,
    RegionsOption,
    SeverityOption,
    WhichOption,
    place_request,
)
from orchestrator.errors import UsageError
from orchestrator.model.schedule import Severity

if TYPE_CHECKING:
    from orchestrator.cli.scheduling import Given
    from orchestrator.model.schedule import SchedulePlan, Wanted

app = typer.Typer(
    help="Have State Manager run a runbook again and again; `orch collect` judges what it found.",
    no_args_is_help=True,
    rich_markup_mode=None,
)
_USUAL = "orch-switch-role"


def plan(
    request: Request,
    *,
    name: NameOption = None,
    cron: CronOption = None,
    rate: RateOption = None,
    severity: SeverityOption = Severity.UNSPECIFIED,
    apply_only_at_cron_interval: OnlyOption = False,
    association_dispatch_assume_role: DispatchOption = None,
    output: OutputOption = Output.TEXT,
) -> None:
    """Print what `orch schedule apply` would do, and change nothing.

    It is the very plan that apply carries out with the same arguments.

    Example: orch schedule plan --tag env=prod --rate "1 day"
    """
    given = _given(
        *(name, cron, rate, severity, apply_only_at_cron_interval),
        association_dispatch_assume_role,
    )
    _bring_about(request, given, output, "orch schedule plan", done=False)


def apply(
    request: Request,
    *,
    name: NameOption = None,
    cron: CronOption = None,
    rate: RateOption = None,
    severity: SeverityOption = Severity.UNSPECIFIED,
    apply_only_at_cron_interval: OnlyOption = False,
    association_dispatch_assume_role: DispatchOption = None,
    output: OutputOption = Output.TEXT,
) -> None:
    """Have State Manager run a runbook by this schedule; what is so already is left alone.

    It makes an SSM document with the script, and an association that runs it. The hosts are found
    anew each time. Nothing is written on them: the profile that is there is used. With other
    arguments, and the same name, the schedule is changed; if this is killed, run it again.

    Example: orch schedule apply --tag env=prod --rate "1 day" --role-arn ARN --bucket NAME
    """
    given = _given(
        *(name, cron, rate, severity, apply_only_at_cron_interval),
        association_dispatch_assume_role,
    )
    _bring_about(request, given, output, "orch schedule apply", done=True)


for _command in (plan, apply):
    app.command()(takes_request(_command, WITHOUT))


def _given(*told: object) -> Given:
    from orchestrator.cli.scheduling import Given

    return Given(*told)  # type: ignore[arg-type]  # as both commands have them


def _bring_about(
    request: Request, given: Given, output: Output, command: str, *, done: bool
) -> None:
    from orchestrator.cli.scheduling import at, wanted_of
    from orchestrator.run.scheduling import apply as carry_out
    from orchestrator.run.scheduling import plan_apply

    wanted, inputs = wanted_of(request, given, command)
    plans = []
    for item in wanted:
        place = at(inputs.profile, item.procedure.region, item.account_role)
        if done:
            plans.append(carry_out(item, place.manager, place.aws.clock))
        else:
            plans.append(plan_apply(item, place.manager))
        if output is Output.TEXT:
            _say(item, plans[-1], done=done, first=len(plans) == 1)
    if output is Output.JSON:
        _print_json("places", [_told(*pair) for pair in zip(wanted, plans, strict=True)])


def _say(item: Wanted, made: SchedulePlan, *, done: bool, first: bool) -> None:
    from orchestrator.schedules.text import act_lines, permission_lines, wanted_lines

    at_once = "" if item.association.only_at_cron else ", and at once when it is made or changed"
    lines = [*wanted_lines(item, at_once), "", *act_lines(made, done=done)]
    if not done:
        lines += permission_lines(item.permissions)
    for line in lines if first else ["", *lines]:
        typer.echo(line)


def _told(item: Wanted, made: SchedulePlan) -> dict[str, object]:
    from orchestrator.model.codec import as_data

    document = {"bytes": len(item.document.content), "label": item.document.label}
    return {
        "schedule": item.name,
        "region": item.procedure.region,
        "account_role": item.account_role or None,
        "plan_sha256": item.plan_sha256,
        "script_run_id": item.run_id,
        "document": document,
        "document_version": made.version or None,
        "association": as_data(item.association),
        "acts": as_data(made.acts),
        "permissions": as_data(item.permissions),
    }


def _print_json(name: str, value: object) -> None:
    typer.echo(json.dumps({"schema_version": "1.0", name: value}, indent=2))


@app.command()
def show(
    *,
    name: WhichOption = None,
    profile: ProfileOption = None,
    region: RegionsOption = None,
    account_role: AccountRoleOption = None,
    output: OutputOption = Output.TEXT,
) -> None:
    """Show a schedule as State Manager has it, and its newest executions.

    Example: orch schedule show --name orch-switch-role
    """
    from orchestrator.cli.scheduling import checked_name, places_of
    from orchestrator.model.codec import as_data
    from orchestrator.run.scheduling import seen
    from orchestrator.schedules.text import joined, shown_lines
    from orchestrator.wording import place_words

    called = checked_name(name or _USUAL)
    places, _ = places_of(place_request(profile, region, account_role), "orch schedule show")
    found = [(place, seen(called, place.manager, place.aws.clock)) for place in places]
    if not any(item.is_there for _, item in found):
        mend = "`orch schedule apply` makes it; check --region and --profile"
        raise UsageError(f"there is no schedule {called} there", where="--name", mend=mend)
    if output is Output.JSON:
        told = [
            {
                "region": place.region,
                "account_role": place.account_role or None,
                "found": as_data(item),
            }
            for place, item in found
        ]
        _print_json("places", told)
        return
    parts = (
        shown_lines(called, place_words(place.region, place.account_role), item)
        for place, item in found
        if item.is_there
    )
    for line in joined(parts):
        typer.echo(line)


@app.command("run-now")
def run_now(
    *,
    name: WhichOption = None,
    profile: ProfileOption = None,
    region: RegionsOption = None,
    account_role: AccountRoleOption = None,
) -> None:
    """Have State Manager run a schedule once now; `orch collect` tells what came of it.

    Example: orch schedule run-now --name orch-switch-role
    """
    from orchestrator.cli.scheduling import checked_name, places_of
    from orchestrator.run.scheduling import start
    from orchestrator.wording import place_words

    called = checked_name(name or _USUAL)
    places, _ = places_of(place_request(profile, region, account_role), "orch schedule run-now")
    for place in places:
        start(called, place.manager)
        typer.echo(f"started in {place_words(place.region, place.account_role)}")


@app.command()
def remove(
    *,
    name: WhichOption = None,
    profile: ProfileOption = None,
    region: RegionsOption = None,
    account_role: AccountRoleOption = None,
    output: OutputOption = Output.TEXT,
) -> None:
    """Remove a schedule: its association, and its document with all versions.

    What was collected of it stays in the journal. If this is killed, run it again.

    Example: orch schedule remove --name orch-switch-role
    """
    from orchestrator.cli.scheduling import checked_name, places_of
    from orchestrator.model.codec import as_data
    from orchestrator.run.scheduling import remove as carry_out
    from orchestrator.schedules.text import removed_lines

    called = checked_name(name or _USUAL)
    places, _ = places_of(place_request(profile, region, account_role), "orch schedule remove")
    made = []
    for place in places:
        made.append(carry_out(called, place.region, place.account_role, place.manager))
        for line in removed_lines(made[-1], done=True) if output is Output.TEXT else ():
            typer.echo(line)
    if output is Output.JSON:
        _print_json("places", as_data(made))
