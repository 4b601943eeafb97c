"""What the commands about schedules are told, beside what `orch run` is."""

from __future__ import annotations

from typing import Annotated

import typer

from orchestrator.cli.option_types import (
    AccountRoleOption,
    ProfileOption,
    RegionsOption,
)
from orchestrator.cli.options import Request, split
from orchestrator.model.schedule import Severity

WITHOUT = frozenset(
    {"mode", "force", "canary", "delivery_timeout", "run_id", "yes", "target_profile"}
)
"""The options of `orch run` that mean nothing in a schedule."""

NameOption = Annotated[
    str | None,
    typer.Option(metavar="NAME", help="The schedule's name, with orch- first [orch-RUNBOOK]."),
]
CronOption = Annotated[
    str | None,
    typer.Option(metavar="EXPR", help='E.g. "0 2 ? * SUN *", in UTC: every Sunday at 02:00.'),
]
RateOption = Annotated[
    str | None, typer.Option(metavar="EXPR", help='E.g. "1 day"; 30 minutes at least.')
]
SeverityOption = Annotated[
    Severity, typer.Option(help="How bad it is where a host fails.", case_sensitive=False)
]
OnlyOption = Annotated[
    bool,
    typer.Option(
        "--apply-only-at-cron-interval", help="Not at once, and not on new hosts; with --cron."
    ),
]
DispatchOption = Annotated[
    str | None,
    typer.Option(metavar="ARN", help="The role that State Manager sends as [its own]."),
]
NamesArgument = Annotated[
    list[str] | None, typer.Argument(metavar="NAME", help="Names of schedules.")
]
WhichOption = Annotated[
    str | None, typer.Option(metavar="NAME", help="The schedule's name [orch-switch-role].")
]

__all__ = [
    "AccountRoleOption",
    "CronOption",
    "DispatchOption",
    "NameOption",
    "NamesArgument",
    "OnlyOption",
    "ProfileOption",
    "RateOption",
    "RegionsOption",
    "SeverityOption",
    "WhichOption",
]


def place_request(
    profile: str | None, region: list[str] | None, account_role: list[str] | None
) -> Request:
    """A request that says where, and of nothing what."""
    return Request(
        everything=True,
        profile=profile,
        region=None if region is None else ",".join(split(region)),
        account_role=tuple(account_role or ()),
    )
