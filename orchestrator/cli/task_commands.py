"""`orch restore` and `orch uninstall`: what puts a host back as it was."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import TYPE_CHECKING, Annotated

import typer

from orchestrator.cli.option_types import (
    InstanceOption,
    Output,
    OutputOption,
    PlatformOption,
    ProfileOption,
    RegionOption,
    YesOption,
)
from orchestrator.cli.options import Request, split
from orchestrator.cli.run_commands import ask_if_many
from orchestrator.errors import UsageError
from orchestrator.model.enums import Mode, Platform
from orchestrator.model.runbook import Runbook, RunbookInput, RunbookProfile

if TYPE_CHECKING:
    from orchestrator.cli.inputs import Inputs
    from orchestrator.model.procedure import Procedure

RunIdOption = Annotated[
    str | None, typer.Option(metavar="ID", help="Of this run alone [every run that was killed].")
]
NameOption = Annotated[
    str | None, typer.Option(metavar="NAME", help="Name of the profile on the host [switch_test].")
]
UserOption = Annotated[
    str | None,
    typer.Option(
        metavar="NAME", help="The host's user it was installed for [the account SSM runs as]."
    ),
]

_NOTHING = RunbookProfile("", "")
_RESTORE = Runbook("restore", "Put back what killed runs left.", (), _NOTHING, ())
_PROFILE_NAME = RunbookInput(
    "profile_name", "profile-name", "the profile's name on the host", default="switch_test"
)
_UNINSTALL = Runbook("uninstall", "Take a profile out.", (_PROFILE_NAME,), _NOTHING, ())
_SECONDS = "900"
"""The SDK's store, where something may lie, is opened by modules that take minutes to load."""


def add_to(app: typer.Typer) -> None:
    """Give the commands to the command line."""
    for command in (restore, uninstall):
        app.command()(command)


def restore(
    *,
    instance: InstanceOption = None,
    run_id: RunIdOption = None,
    platform_type: PlatformOption = Platform.WINDOWS,
    profile: ProfileOption = None,
    region: RegionOption = None,
    output: OutputOption = Output.TEXT,
    yes: YesOption = False,
) -> None:
    """Put back on a host what runs left that were killed.

    A run that still goes on is never touched. What somebody changed since is left as it is, and
    named. Exit codes: 0 all is back or nothing was left, 1 something is left, 2 usage, 3 could not
    run, 4 not known, or a run still goes on; 130 interrupted.

    Example: orch restore --instance i-0d176f4a5f9738429
    """
    from orchestrator.plan import restoring_all

    if run_id is not None:
        _check_run_id(run_id)
    request = _request(instance, platform_type, profile, region, yes=yes)

    def asked(inputs: Inputs) -> Procedure:
        how = inputs.how
        return restoring_all(how.platform, inputs.region, run_id or "")

    _carry_out(request, _RESTORE, asked, "orch restore", output)


def uninstall(
    *,
    instance: InstanceOption = None,
    profile_name: NameOption = None,
    host_user: UserOption = None,
    platform_type: PlatformOption = Platform.WINDOWS,
    profile: ProfileOption = None,
    region: RegionOption = None,
    output: OutputOption = Output.TEXT,
    yes: YesOption = False,
) -> None:
    """Take out of a host's file what `--mode install` put there.

    Only the block between orch's own markers goes; everything else stays to the byte. Exit codes
    as for `orch restore`.

    Example: orch uninstall --instance i-0d176f4a5f9738429 --profile-name switch_test
    """
    from orchestrator.plan import uninstalling

    request = _request(
        *(instance, platform_type, profile, region),
        yes=yes,
        profile_name=profile_name,
        host_user=host_user,
    )

    def asked(inputs: Inputs) -> Procedure:
        how = inputs.how
        name = inputs.values.get("profile_name", "switch_test")
        return uninstalling(how.platform, inputs.region, name, how.host_user)

    _carry_out(request, _UNINSTALL, asked, "orch uninstall", output)


def _check_run_id(run_id: str) -> None:
    """Before it stands in a path on a host."""
    from orchestrator.kinds import RUN_ID

    if RUN_ID.fullmatch(run_id) is None:
        what = f"{run_id[:80]!a} is no run id"
        mend = "copy it from the report: 20260101T000000Z-abc123"
        raise UsageError(what, where="--run-id", mend=mend)


def _request(
    instance: list[str] | None,
    platform_type: Platform,
    profile: str | None,
    region: str | None,
    *,
    yes: bool,
    profile_name: str | None = None,
    host_user: str | None = None,
) -> Request:
    return Request(
        instance=split(instance),
        profile_name=profile_name,
        mode=Mode.INSTALL,
        host_user=host_user,
        platform_type=platform_type,
        profile=profile,
        region=region,
        timeout=_SECONDS,
        yes=yes,
    )


def _carry_out(
    request: Request,
    runbook: Runbook,
    asked: Callable[[Inputs], Procedure],
    command: str,
    output: Output,
) -> None:
    from orchestrator.cli.edges import edges
    from orchestrator.cli.preparing import prepare_task
    from orchestrator.cli.progress import Progress
    from orchestrator.run import run_task

    prepared = prepare_task(request, runbook, asked, command)
    ask_if_many(prepared, yes=request.yes, command=command)
    aws = edges(prepared.inputs.profile, None, prepared.inputs.region)
    with Progress() as progress:
        report = run_task(prepared.plan, aws.fleet, aws.clock, progress)
    if output is Output.JSON:
        from orchestrator.report.task import document

        typer.echo(json.dumps(document(report), indent=2))
    else:
        from orchestrator.cli.console import show
        from orchestrator.report.task import lines

        show(lines(report))
    raise typer.Exit(report.exit_code)
