"""The files that a command in the sandbox finds: AWS profiles, ``orch.toml``, ``sandbox.json``."""

from __future__ import annotations

import errno
import json
import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from orchestrator.sandbox import world
from orchestrator.sandbox.parts import Place

AGENT_README = "README.txt"


class Keys(Protocol):
    """A user's access key."""

    @property
    def access_key_id(self) -> str:
        """``AKIA...``."""

    @property
    def secret_access_key(self) -> str:
        """The secret half."""


@dataclass(frozen=True, slots=True)
class UserFolder:
    """Where these files lie."""

    root: Path

    @property
    def config(self) -> Path:
        """For AWS_CONFIG_FILE."""
        return self.root / "aws" / "config"

    @property
    def credentials(self) -> Path:
        """For AWS_SHARED_CREDENTIALS_FILE."""
        return self.root / "aws" / "credentials"

    @property
    def settings(self) -> Path:
        """For ORCH_CONFIG."""
        return self.root / "orch.toml"

    @property
    def state(self) -> Path:
        """For ORCH_STATE_DIR: runs in the sandbox are not kept among the user's."""
        return self.root / "state"

    @property
    def runbooks(self) -> Path:
        """Runbooks that scenarios ask with."""
        return self.root / "runbooks"

    @property
    def description(self) -> Path:
        """What the sandbox is made of, for programs."""
        return self.root / "sandbox.json"

    @property
    def fleet(self) -> Path:
        """The ids of the simulated hosts, where there are any."""
        return self.root / "fleet.txt"

    @property
    def agent(self) -> Path:
        """What a real agent needs to attach, where one may."""
        return self.root / "agent"

    def fleet_at(self, place: Place) -> Path:
        """The ids of those that are there."""
        return self.root / "fleet" / place.account / f"{place.region}.txt"


def write_profiles(folder: UserFolder, keys: Mapping[str, Keys], region: str) -> None:
    """Write a profile for each user of the sandbox, and the operator's for roles elsewhere."""
    folder.config.parent.mkdir(mode=0o700, exist_ok=True)
    profiles = [f"[profile {name}]\nregion = {region}\n\n" for name in keys]
    roles = {
        world.READER: world.role_arn(world.ACCOUNT_B, world.READER_ROLE),
        world.OPERATOR_D: world.role_arn(world.ACCOUNT_D, world.OPERATOR_ROLE),
    }
    profiles += (
        f"[profile {name}]\nregion = {region}\n"
        f"role_arn = {role}\nsource_profile = {world.OPERATOR}\n\n"
        for name, role in roles.items()
    )
    folder.config.write_text("".join(profiles))
    text = (
        f"[{name}]\naws_access_key_id = {key.access_key_id}\n"
        f"aws_secret_access_key = {key.secret_access_key}\n\n"
        for name, key in keys.items()
    )
    folder.credentials.touch(mode=0o600)
    folder.credentials.write_text("".join(text))


def write_settings(
    folder: UserFolder, settings: Mapping[str, str], inputs: Mapping[str, str]
) -> None:
    """Write ``orch.toml``: what `orch run` needs to know besides the instance."""
    lines = ["# The sandbox's figures: what is not given on the command line comes from here."]
    lines += _pairs(settings)
    if inputs:
        lines += ["", "[set]", *_pairs(inputs)]
    folder.settings.write_text("\n".join(lines) + "\n")


def write_runbooks(folder: UserFolder, runbooks: Mapping[str, str]) -> None:
    """Write the runbooks, and the scripts beside them."""
    folder.runbooks.mkdir()
    for name, text in runbooks.items():
        (folder.runbooks / name).write_text(text)


def write_description(folder: UserFolder, description: Mapping[str, object]) -> None:
    """Write ``sandbox.json``."""
    folder.description.write_text(json.dumps(description, indent=2) + "\n")


def write_ids(path: Path, ids: Sequence[str]) -> None:
    """Write ids, one a line."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("\n".join(ids) + "\n")


def write_agent(where: Path, texts: Mapping[str, str]) -> None:
    """Write what attaches an agent, for its owner alone: who knows the addresses may be it.

    The files of another sandbox are replaced. OSError, also where somebody else's are in the way.
    """
    where.mkdir(mode=0o700, parents=True, exist_ok=True)
    _refuse_others(where, texts)
    # The one by which the folder is known again goes first.
    for name in sorted(texts, key=lambda name: name != AGENT_README):
        path = where / name
        path.touch(mode=0o600)
        path.write_text(texts[name])


def _refuse_others(where: Path, texts: Mapping[str, str]) -> None:
    known = texts[AGENT_README].partition("\n")[0].encode()
    readme = where / AGENT_README
    if readme.is_file() and readme.read_bytes().startswith(known):
        return
    if found := sorted(name for name in texts if os.path.lexists(where / name)):
        raise FileExistsError(errno.EEXIST, f"{', '.join(found)} there is not the sandbox's")


def _pairs(values: Mapping[str, str]) -> list[str]:
    """TOML's basic strings have the escapes of JSON's."""
    return [f"{key} = {json.dumps(value)}" for key, value in values.items()]
