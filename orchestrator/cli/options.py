"""The options that `run`, `plan` and `render` share, said once.

A command is a function of a `Request` and of its own further options; `takes_request` gives it the
shared ones for the command line.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable
from dataclasses import dataclass
from typing import Annotated, Any

import typer

from orchestrator.model.enums import Mode, Platform, Shell


@dataclass(frozen=True, slots=True)
class Request:
    """What was said on the command line; None or empty for what was not."""

    runbook: str | None
    instance: tuple[str, ...]
    role_arn: str | None
    bucket: str | None
    profile_name: str | None
    set: tuple[str, ...]
    shell: Shell | None
    mode: Mode | None
    host_user: str | None
    force: bool
    platform_type: Platform
    profile: str | None
    target_profile: str | None
    region: str | None
    timeout: str | None
    delivery_timeout: str | None
    run_id: str | None
    yes: bool


def _request(
    *,
    runbook: Annotated[
        str | None,
        typer.Argument(metavar="RUNBOOK", help="A runbook's name, or a file [switch-role]."),
    ] = None,
    instance: Annotated[
        list[str] | None,
        typer.Option("--instance", "-i", metavar="ID", help="Instance id; repeat, or use commas."),
    ] = None,
    role_arn: Annotated[
        str | None, typer.Option(metavar="ARN", help="The role to switch to, in account B.")
    ] = None,
    bucket: Annotated[
        str | None, typer.Option(metavar="NAME", help="A bucket of account B.")
    ] = None,
    profile_name: Annotated[
        str | None,
        typer.Option(metavar="NAME", help="Name of the profile on the host [switch_test]."),
    ] = None,
    set: Annotated[  # noqa: A002 - it is the option's name
        list[str] | None,
        typer.Option("--set", metavar="KEY=VALUE", help="Any other input of the runbook; repeat."),
    ] = None,
    shell: Annotated[
        Shell | None, typer.Option(help="What runs the checks on the host [powershell].")
    ] = None,
    mode: Annotated[
        Mode | None,
        typer.Option(
            help="ephemeral: a file of the run's own. install: into the user's file, kept if the "
            "checks pass. existing: write nothing, use what is there [ephemeral]."
        ),
    ] = None,
    host_user: Annotated[
        str | None,
        typer.Option(
            metavar="NAME",
            help="The host's user whose AWS files are meant [the account that SSM runs as].",
        ),
    ] = None,
    force: Annotated[
        bool,
        typer.Option(
            "--force", help="Install over what is else left alone; see docs/profile-modes.md."
        ),
    ] = False,
    platform_type: Annotated[
        Platform, typer.Option(help="What the instances run; on Linux the checks run in Python.")
    ] = Platform.WINDOWS,
    profile: Annotated[
        str | None, typer.Option("--profile", "-p", help="Your own AWS profile [AWS_PROFILE].")
    ] = None,
    target_profile: Annotated[
        str | None,
        typer.Option(
            metavar="NAME", help="Your AWS profile in account B, to read there why it failed."
        ),
    ] = None,
    region: Annotated[
        str | None,
        typer.Option("--region", "-r", help="The instances' region [AWS_REGION]."),
    ] = None,
    timeout: Annotated[
        str | None,
        typer.Option(metavar="TIME", help="How long the script may run, e.g. 10m [15m]."),
    ] = None,
    delivery_timeout: Annotated[
        str | None,
        typer.Option(metavar="TIME", help="How long SSM may take to start it [60s]."),
    ] = None,
    run_id: Annotated[
        str | None,
        typer.Option(metavar="ID", help="Use this run id: the same script as one reviewed."),
    ] = None,
    yes: Annotated[bool, typer.Option("--yes", "-y", help="Do not ask before sending.")] = False,
) -> Request:
    return Request(
        runbook=runbook,
        instance=tuple(part.strip() for item in instance or () for part in item.split(",")),
        role_arn=role_arn,
        bucket=bucket,
        profile_name=profile_name,
        set=tuple(set or ()),
        shell=shell,
        mode=mode,
        host_user=host_user,
        force=force,
        platform_type=platform_type,
        profile=profile,
        target_profile=target_profile,
        region=region,
        timeout=timeout,
        delivery_timeout=delivery_timeout,
        run_id=run_id,
        yes=yes,
    )


def takes_request(command: Callable[..., None]) -> Callable[..., None]:
    """The command with the shared options in front of its own, as Typer reads signatures."""
    shared = inspect.signature(_request, eval_str=True).parameters
    own = list(inspect.signature(command, eval_str=True).parameters.values())[1:]

    def invoke(**given: Any) -> None:
        request = _request(**{name: given.pop(name) for name in shared})
        command(request, **given)

    parameters = [
        parameter.replace(kind=inspect.Parameter.KEYWORD_ONLY)
        for parameter in (*shared.values(), *own)
    ]
    invoke.__signature__ = inspect.Signature(parameters)  # type: ignore[attr-defined]  # for Typer
    invoke.__annotations__ = {p.name: p.annotation for p in parameters}
    invoke.__doc__ = command.__doc__
    invoke.__name__ = command.__name__
    return invoke
