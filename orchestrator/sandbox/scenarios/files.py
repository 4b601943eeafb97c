"""What scenarios change in the host's files, as somebody who sits at it would."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from orchestrator.onhost.profilefile import install_profile
from orchestrator.onhost.runfolder import begin_run
from orchestrator.onhost.userfiles import files_in
from orchestrator.sandbox import world
from orchestrator.sandbox.host.environment import HostFolder

OnHost = Callable[[HostFolder], None]

DEAD_RUN = "20260101T000000Z-dead00"
"""The id of a run that was killed there."""

_OTHERS = f"[default]\nregion = {world.REGION}\n# kept by hand\n"
_ROLE = world.role_arn(world.ACCOUNT_B, world.SWITCH_ROLE)
_PROFILE = (
    f"[profile {world.PROFILE}]\nrole_arn = {_ROLE}\ncredential_source = Ec2InstanceMetadata\n"
)


def leave_the_files(host: HostFolder) -> None:
    """Change nothing."""
    host.make()


def with_mark(host: HostFolder) -> None:
    """Notepad saved the config file, with a byte order mark in front."""
    _config(host).write_bytes((_OTHERS + _PROFILE).replace("\n", "\r\n").encode("utf-8-sig"))


def with_others(host: HostFolder) -> None:
    """The config file holds what others need."""
    _config(host).write_text(_OTHERS, newline="")


def as_utf16(host: HostFolder) -> None:
    """Windows PowerShell's > wrote the config file."""
    _config(host).write_bytes(_OTHERS.replace("\n", "\r\n").encode("utf-16"))


def by_hand(host: HostFolder) -> None:
    """Somebody wrote a profile of that name."""
    _config(host).write_text(f"{_OTHERS}\n{_PROFILE}", newline="")


def with_leftover_key(host: HostFolder) -> None:
    """The credentials file has an access key of the profile's name."""
    _config(host).write_text(_OTHERS, newline="")
    keys = f"[{world.PROFILE}]\naws_access_key_id = AKIAEXAMPLE\naws_secret_access_key = old\n"
    _config(host).with_name("credentials").write_text(keys)


def read_only(host: HostFolder) -> None:
    """Nobody may write to the config file."""
    _config(host).write_text(_OTHERS, newline="")
    _config(host).chmod(0o444)


def of_another_user(host: HostFolder) -> None:
    """The profile was set up by a user, in that user's own file."""
    folder = host.users / host.other_user / ".aws"
    folder.mkdir(parents=True)
    (folder / "config").write_text(_PROFILE)


def with_external_id(host: HostFolder) -> None:
    """The profile has an external id, which the AWS CLI would take."""
    _config(host).write_text(f"{_PROFILE}external_id = orch-example\n")


def with_key_twice(host: HostFolder) -> None:
    """The profile has two lines for its region."""
    _config(host).write_text(f"{_PROFILE}region = {world.REGION}\nregion = us-east-1\n")


def with_unfinished_run(host: HostFolder) -> None:
    """A run was killed when it had just changed the config file."""
    _config(host).write_text(_OTHERS, newline="")
    folder = str(host.runs / f"orch-{DEAD_RUN}")
    with begin_run(folder, {"v": 1, "run": DEAD_RUN, "kind": "install"}):
        lines = _PROFILE.replace(world.SWITCH_ROLE, "Another-Role").splitlines()
        install_profile(folder, files_in(str(host.home), "home"), world.PROFILE, lines)


def _config(host: HostFolder) -> Path:
    """The config file of the account that the agent runs as."""
    path = host.home / ".aws" / "config"
    path.parent.mkdir(exist_ok=True)
    return path
