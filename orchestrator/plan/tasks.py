"""What a host is asked to do that proves nothing: put back, and take out again."""

from __future__ import annotations

from dataclasses import replace

from orchestrator.model.enums import Mode, Platform, Shell, Task, Way
from orchestrator.model.procedure import Procedure, Profile

RESTORE_DELIVERY = 30
"""Seconds in which SSM must reach the agent to put something back: the least that it takes."""

RESTORE_EXECUTION = 120
"""Seconds for putting back. It loads no module; PowerShell alone can be slow to start."""

RESTORE_STORE = 900
"""The same where profiles lie in the SDK's store, which only its slow modules can open."""

_LONGEST_ID = 64


def restoring(of: Procedure, run_id: str) -> Procedure:
    """Put back what the run of that id left."""
    return restoring_all(of.platform, of.region, run_id)


def restoring_all(platform: Platform, region: str, run_id: str = "") -> Procedure:
    """Put back what every dead run on the host left, or one run of that id."""
    return replace(_task(Task.RESTORE, platform, region), of_run=run_id)


def uninstalling(platform: Platform, region: str, profile: str, host_user: str) -> Procedure:
    """Take the installed profile of that name out of the user's file."""
    return replace(
        _task(Task.UNINSTALL, platform, region),
        mode=Mode.INSTALL,
        profile=Profile(profile, ""),
        host_user=host_user,
    )


def restore_id(run_id: str) -> str:
    """The id of the run that puts back what that one left: the same for the same run."""
    return f"{run_id[: _LONGEST_ID - len('-restore')]}-restore"


def _task(task: Task, platform: Platform, region: str) -> Procedure:
    """In the language that every host of the platform has."""
    shell = Shell.PYTHON if platform is Platform.LINUX else Shell.POWERSHELL
    return Procedure(
        runbook=task.value,
        shell=shell,
        mode=Mode.EPHEMERAL,
        ways=(Way.PROFILE,),
        region=region,
        profile=Profile("", ""),
        endpoints=(),
        steps=(),
        expectations=(),
        platform=platform,
        task=task,
    )
