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

from orchestrator.cli.option_types import (
    AccountRoleOption,
    AllOption,
    CanaryOption,
    ConcurrencyOption,
    ErrorsOption,
    GroupOption,
    InstanceOption,
    OutputBucketOption,
    OutputPrefixOption,
    PlatformOption,
    ProfileOption,
    RegionsOption,
    TagOption,
    TargetProfileOption,
    TargetsOption,
    YesOption,
)
from orchestrator.model.enums import Mode, Platform, Shell


@dataclass(frozen=True, slots=True)
class Request:
    """What was said on the command line; None or empty for what was not.

    Several regions are one text with commas.
    """

    runbook: str | None = None
    instance: tuple[str, ...] = ()
    tag: tuple[str, ...] = ()
    targets: str | None = None
    resource_group: str | None = None
    everything: bool = False
    role_arn: str | None = None
    bucket: str | None = None
    profile_name: str | None = None
    set: tuple[str, ...] = ()
    shell: Shell | None = None
    mode: Mode | None = None
    host_user: str | None = None
    force: bool = False
    platform_type: Platform = Platform.WINDOWS
    profile: str | None = None
    target_profile: str | None = None
    region: str | None = None
    account_role: tuple[str, ...] = ()
    max_concurrency: str | None = None
    max_errors: str | None = None
    canary: int = 0
    timeout: str | None = None
    delivery_timeout: str | None = None
    output_s3_bucket_name: str | None = None
    output_s3_key_prefix: str | None = None
    run_id: str | None = None
    yes: bool = False


def _request(
    *,
    runbook: Annotated[
        str | None,
        typer.Argument(metavar="RUNBOOK", help="A runbook's name, or a file [switch-role]."),
    ] = None,
    instance: InstanceOption = None,
    tag: TagOption = None,
    targets: TargetsOption = None,
    resource_group: GroupOption = None,
    all: AllOption = False,  # noqa: A002 - it is the option's name
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
    platform_type: PlatformOption = Platform.WINDOWS,
    profile: ProfileOption = None,
    target_profile: TargetProfileOption = None,
    region: RegionsOption = None,
    account_role: AccountRoleOption = None,
    max_concurrency: ConcurrencyOption = None,
    max_errors: ErrorsOption = None,
    canary: CanaryOption = 0,
    timeout: Annotated[
        str | None,
        typer.Option(metavar="TIME", help="How long the script may run, e.g. 10m [15m]."),
    ] = None,
    delivery_timeout: Annotated[
        str | None,
        typer.Option(metavar="TIME", help="How long SSM may take to start it [60s]."),
    ] = None,
    output_s3_bucket_name: OutputBucketOption = None,
    output_s3_key_prefix: OutputPrefixOption = None,
    run_id: Annotated[
        str | None,
        typer.Option(metavar="ID", help="Use this run id: the same script as one reviewed."),
    ] = None,
    yes: YesOption = False,
) -> Request:
    return Request(
        runbook=runbook,
        instance=split(instance),
        tag=tuple(tag or ()),
        targets=targets,
        resource_group=resource_group,
        everything=all,
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
        region=None if region is None else ",".join(split(region)),
        account_role=tuple(account_role or ()),
        max_concurrency=max_concurrency,
        max_errors=max_errors,
        canary=canary,
        timeout=timeout,
        delivery_timeout=delivery_timeout,
        output_s3_bucket_name=output_s3_bucket_name,
        output_s3_key_prefix=output_s3_key_prefix,
        run_id=run_id,
        yes=yes,
    )


def split(given: list[str] | None) -> tuple[str, ...]:
    """What an option was given, repeated or with commas."""
    return tuple(part.strip() for item in given or () for part in item.split(","))


def takes_request(
    command: Callable[..., None], without: frozenset[str] = frozenset()
) -> Callable[..., None]:
    """The command with the shared options in front of its own, as Typer reads signatures.

    ``without`` names those of them that it does not have.
    """
    every = inspect.signature(_request, eval_str=True).parameters
    shared = {name: parameter for name, parameter in every.items() if name not in without}
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
