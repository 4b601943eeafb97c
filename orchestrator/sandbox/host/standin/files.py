"""The files that a run goes by on the host, in each mode, as the rendered scripts treat them."""

from __future__ import annotations

import os
from collections.abc import Mapping, MutableMapping, Sequence
from pathlib import Path
from typing import IO

from orchestrator.model.enums import Mode
from orchestrator.model.procedure import Procedure
from orchestrator.onhost.conflicts import ProfileConflict
from orchestrator.onhost.homes import UnknownHostUser, home_of
from orchestrator.onhost.profilefacts import profile_elsewhere, profile_facts
from orchestrator.onhost.profilefile import install_profile, keep_profile, put_back
from orchestrator.onhost.runfolder import (
    RunFolderTaken,
    begin_run,
    end_run,
    unfinished_runs,
    write_durably,
)
from orchestrator.onhost.userfiles import UserFiles, files_in, own_files
from orchestrator.render.profile import profile_text
from orchestrator.sandbox.host.standin.errors import CmdletError, as_data


def find_files(host_user: str, environment: Mapping[str, str]) -> UserFiles:
    """Whose files are meant: HOME wins over USERPROFILE, as it does for the SDK for .NET.

    Raises:
        CmdletError: the host has no such user.
    """
    if host_user and host_user.lower() != environment.get("USERNAME", "").lower():
        try:
            home = home_of(host_user, environment)
        except UnknownHostUser as error:
            raise CmdletError(("orch.HostUserUnknown",), str(error)) from None
        return files_in(home, f"the home of {host_user}")
    home = environment.get("HOME") or environment.get("USERPROFILE") or "."
    return own_files(home, environment)


class HostFiles:
    """``config`` and ``credentials`` are the files that the run goes by, once it is prepared."""

    config: str
    credentials: str

    def __init__(self, procedure: Procedure, run_id: str, environment: Mapping[str, str]) -> None:
        parent = environment.get("ProgramData") or environment.get("TMPDIR") or "/tmp"  # noqa: S108 - .NET's GetTempPath
        self.folder = str(Path(parent) / f"orch-{run_id}")
        self._procedure = procedure
        self._run_id = run_id
        self._environment = dict(environment)
        self._files: UserFiles | None = None
        self._lock: IO[bytes] | None = None
        self._install = ""

    def prepare(self, facts: MutableMapping[str, object]) -> Mapping[str, str]:
        """Make or find them. The variables that lead there."""
        if self._procedure.mode is Mode.EPHEMERAL:
            self._hold()
            self.config, self.credentials = (
                os.path.join(self.folder, name)  # noqa: PTH118 - as the code that travels has it
                for name in ("config", "credentials")
            )
            write_durably(self.config, profile_text(self._procedure.profile).encode())
            write_durably(self.credentials, b"")
        else:
            if self._procedure.mode is Mode.EXISTING and self._procedure.makes_folder:
                self._hold()
            self._files = found = find_files(self._procedure.host_user, self._environment)
            self.config, self.credentials = found.config, found.credentials
            facts.update({"config_source": found.source, "credentials_path": found.credentials})
        if dead := unfinished_runs(str(Path(self.folder).parent), self.folder):
            facts["unfinished"] = " ".join(dead[:3])
        facts["config_path"] = self.config
        named = {"AWS_CONFIG_FILE": self.config, "AWS_SHARED_CREDENTIALS_FILE": self.credentials}
        home = {"HOME": self._files.home} if self._files and self._procedure.host_user else {}
        return named | home

    def touch(self, facts: MutableMapping[str, object]) -> Mapping[str, object] | None:
        """Install the profile, or look at what is there. What is in the way, if anything."""
        name = self._procedure.profile.name
        if self._files is None:
            return None
        if self._procedure.mode is Mode.EXISTING:
            try:
                facts.update(profile_facts(self._files, name))
                if facts["profile_source"] is None:
                    found = profile_elsewhere(self._files, name, self._environment)
                    facts["profile_elsewhere"] = found
            except OSError as error:
                facts["config_error"] = str(error)
            return None
        self._hold()
        lines = profile_text(self._procedure.profile).rstrip("\n").split("\n")
        force = self._procedure.force
        try:
            changed = install_profile(self.folder, self._files, name, lines, force=force)
        except (ProfileConflict, OSError) as error:
            facts["install"] = self._install = "refused"
            kinds = error.kinds if isinstance(error, ProfileConflict) else ["unwritable"]
            chain = ("orch.ProfileConflict", *(f"orch.conflict.{kind}" for kind in kinds))
            return as_data(CmdletError(chain, str(error)), None)
        facts["install"] = self._install = "new" if changed else "there already"
        return None

    @property
    def is_begun(self) -> bool:
        """Whether the run's own folder was made."""
        return self._lock is not None

    def restore(
        self, facts: MutableMapping[str, object], *, keep: bool, still: Sequence[str] = ()
    ) -> Mapping[str, list[str] | str]:
        """Put all back but a profile to keep. What changed and what is left.

        ``still`` is what else is left; the folder, which names it, stays then.
        """
        if self._lock is None:
            return {"state": "restored", "changed": [], "left": []}
        state, changed = "restored", [self.folder]
        if still:
            return {"state": "failed", "changed": changed, "left": [*still, self.folder]}
        if self._files is not None and self._procedure.mode is Mode.INSTALL:
            is_new = self._install == "new"
            changed = [self.config] if is_new else []
            if keep and self._install != "refused":
                keep_profile(self.folder)
                state = "installed"
            else:
                said, left = put_back(self.folder)
                if is_new:
                    facts.update({"install": "put back", "put_back": said})
                if left:
                    return {"state": "failed", "changed": changed, "left": [*left, self.folder]}
        left = end_run(self.folder, self._lock)
        return {"state": "failed" if left else state, "changed": changed, "left": left}

    def _hold(self) -> None:
        begun = {"v": 1, "run": self._run_id, "kind": self._procedure.mode.value}
        try:
            self._lock = begin_run(self.folder, begun)
        except RunFolderTaken as error:
            raise CmdletError(("orch.RunFolderTaken",), str(error)) from None
