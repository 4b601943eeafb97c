"""What scenarios change in the host's files, as somebody who sits at it would."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path
from typing import IO

from orchestrator.onhost.profilefile import install_profile
from orchestrator.onhost.runfolder import begin_run
from orchestrator.onhost.userfiles import files_in
from orchestrator.sandbox import world
from orchestrator.sandbox.host.environment import HostFolder

OnHost = Callable[[HostFolder], None]

DEAD_RUN = "20260101T000000Z-dead00"
"""The id of a run that was killed there."""

LIVING_RUN = "20260101T000000Z-alive0"
"""The id of a run that goes on there."""

_HELD: list[IO[bytes]] = []
"""The locks of living runs: they are as long held as they lie here."""

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


def as_a_link(host: HostFolder) -> None:
    """The config file is kept elsewhere, and linked to."""
    kept = host.home / "kept-config"
    kept.write_text(_OTHERS, newline="")
    _config(host).symlink_to(kept)


def as_no_text(host: HostFolder) -> None:
    """The config file is UTF-16 without its mark."""
    _config(host).write_bytes(_OTHERS.encode("utf-16-le"))


def with_half_a_block(host: HostFolder) -> None:
    """Somebody cut the end off a block of ours."""
    _config(host).write_text(f"{_OTHERS}# >>> orch {world.PROFILE}\n{_PROFILE}", newline="")


def with_a_file_for_a_folder(host: HostFolder) -> None:
    """A file lies where the folder .aws should be."""
    (host.home / ".aws").write_text("not a folder\n")


def with_another_run_at_it(host: HostFolder) -> None:
    """Another run is at the config file, for as long as this process lives."""
    config = _config(host)
    config.write_text(_OTHERS, newline="")
    notes = {"v": 1, "run": LIVING_RUN, "kind": "install", "file": str(config)}
    _HELD.append(begin_run(str(host.runs / f"orch-{LIVING_RUN}"), notes))


def with_its_folder_taken(host: HostFolder) -> None:
    """A run of that id was killed here."""
    begin_run(str(host.runs / f"orch-{DEAD_RUN}"), {"v": 1, "run": DEAD_RUN}).close()


def with_a_role_as_default(host: HostFolder) -> None:
    """Whoever names no profile has the role already."""
    _config(host).write_text(
        f"{_PROFILE}\n{_PROFILE}".replace(f"profile {world.PROFILE}", "default", 1)
    )


def with_a_misspelt_source(host: HostFolder) -> None:
    """The profile names a source of credentials that there is none of."""
    _config(host).write_text(_PROFILE.replace("Ec2InstanceMetadata", "Ec2Instance"))


def without_the_cli(host: HostFolder) -> None:
    """The AWS CLI was never installed."""
    (host.programs / "aws").unlink(missing_ok=True)


def with_stubs_for_python(host: HostFolder) -> None:
    """The names of Python are the Microsoft Store's stubs, which lead to the Store and end."""
    for name in ("python", "python3", "py"):
        (host.programs / name).write_text("#!/bin/sh\nexit 49\n")
        (host.programs / name).chmod(0o755)


def with_inventory(text: str) -> OnHost:
    """The host's inventory holds this."""

    def write(host: HostFolder) -> None:
        _inventory(host).write_text(text)

    return write


def with_a_pipe_for_inventory(host: HostFolder) -> None:
    """Who reads the inventory waits for somebody who never writes it."""
    os.mkfifo(_inventory(host))


def ready_without_python(host: HostFolder) -> None:
    """The inventory is good, and there is no Python to read it with."""
    with_inventory('{"ready": true}')(host)
    with_stubs_for_python(host)


def _inventory(host: HostFolder) -> Path:
    """What the script of `runbooks` reads."""
    return host.root / "inventory.json"


def _config(host: HostFolder) -> Path:
    """The config file of the account that the agent runs as."""
    path = host.home / ".aws" / "config"
    path.parent.mkdir(exist_ok=True)
    return path
