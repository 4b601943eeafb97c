"""Options that several commands have, said once."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated

import typer

from orchestrator.model.enums import Platform


class Output(StrEnum):
    """The form of what comes out on standard output."""

    TEXT = "text"
    JSON = "json"


InstanceOption = Annotated[
    list[str] | None,
    typer.Option("--instance", "-i", metavar="ID", help="Instance id; repeat, or use commas."),
]
TagOption = Annotated[
    list[str] | None,
    typer.Option(
        "--tag",
        metavar="KEY=VALUE",
        help="All managed instances with this tag; repeat: every key must fit, with one of its "
        "values.",
    ),
]
TargetsOption = Annotated[
    str | None,
    typer.Option(
        "--targets", metavar="FILE", help="Instance ids in a file; - reads them from stdin."
    ),
]
GroupOption = Annotated[
    str | None,
    typer.Option("--resource-group", metavar="NAME", help="All instances of a resource group."),
]
AllOption = Annotated[
    bool, typer.Option("--all", help="Everything that SSM manages there, of the platform.")
]
PlatformOption = Annotated[
    Platform, typer.Option(help="What the instances run; on Linux the checks run in Python.")
]
ProfileOption = Annotated[
    str | None, typer.Option("--profile", "-p", help="Your own AWS profile [AWS_PROFILE].")
]
TargetProfileOption = Annotated[
    str | None,
    typer.Option(
        metavar="NAME", help="Your AWS profile in account B, to read there why it failed."
    ),
]
RegionOption = Annotated[
    str | None, typer.Option("--region", "-r", help="The instances' region [AWS_REGION].")
]
RegionsOption = Annotated[
    list[str] | None,
    typer.Option("--region", "-r", help="The instances' region [AWS_REGION]; repeat for several."),
]
AccountRoleOption = Annotated[
    list[str] | None,
    typer.Option(
        metavar="ARN",
        help="A role that you assume to reach another account's instances; repeat for several.",
    ),
]
ConcurrencyOption = Annotated[
    str | None,
    typer.Option(metavar="N|N%", help="So many at once at most [all; 50 with --max-errors]."),
]
ErrorsOption = Annotated[
    str | None,
    typer.Option(metavar="N|N%", help="Send nothing more after more failures than these [100%]."),
]
CanaryOption = Annotated[
    int,
    typer.Option(metavar="N", min=0, help="So many first; the others only if all of them pass."),
]
OutputBucketOption = Annotated[
    str | None,
    typer.Option(
        metavar="NAME",
        help="A bucket for the hosts' whole output, to read there what SSM cuts (24,000 bytes).",
    ),
]
OutputPrefixOption = Annotated[
    str | None,
    typer.Option(metavar="PREFIX", help="How its keys in that bucket begin, e.g. orch/output."),
]
YesOption = Annotated[bool, typer.Option("--yes", "-y", help="Do not ask before sending.")]
OutputOption = Annotated[
    Output, typer.Option("--output", "-o", help="text for people, json for programs.")
]
