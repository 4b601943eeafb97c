"""The environment that an agent's scripts find on a host, built from nothing."""

from __future__ import annotations

import os
import shlex
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

_PASSED_ON = frozenset({"LANG", "LC_ALL", "LD_LIBRARY_PATH", "SYSTEMROOT", "COMSPEC", "PATHEXT"})
# Where .NET lies, and how it runs; the second is what they were called before .NET 6.
_OF_DOTNET = ("DOTNET_", "COMPlus_")
_SYSTEM = ("/usr/local/bin", "/usr/bin", "/bin")
_QUIET = {
    "NO_COLOR": "1",
    "TERM": "dumb",
    "DOTNET_NOLOGO": "1",
    "DOTNET_CLI_TELEMETRY_OPTOUT": "1",
    "POWERSHELL_TELEMETRY_OPTOUT": "1",
    "POWERSHELL_UPDATECHECK": "Off",
}


@dataclass(frozen=True, slots=True)
class HostFolder:
    """A host's own part of this machine: all that it writes lies in here."""

    root: Path
    platform: str = "Windows"

    @property
    def home(self) -> Path:
        """The home folder of the agent's user."""
        return self.root / "home"

    @property
    def users(self) -> Path:
        """Where the home folders of the other users lie, each by its user's name."""
        return self.root / "Users"

    @property
    def other_user(self) -> str:
        """Somebody who has a home folder there, beside the agent's user."""
        return "Administrator" if self.platform == "Windows" else "ec2-user"

    @property
    def runs(self) -> Path:
        """Where runs make their folders."""
        return self.program_data if self.platform == "Windows" else self.temp

    @property
    def passwd(self) -> Path:
        """The list of its users, where it is no Windows."""
        return self.root / "etc" / "passwd"

    @property
    def program_data(self) -> Path:
        """``%ProgramData%``."""
        return self.root / "ProgramData"

    @property
    def temp(self) -> Path:
        """The temporary folder."""
        return self.root / "temp"

    @property
    def programs(self) -> Path:
        """The programs that the host has beside the system's: the first folder of its PATH."""
        return self.root / "programs"

    @property
    def modules(self) -> Path:
        """The PowerShell modules that the host has, where no real PowerShell has its own."""
        return self.root / "Modules"

    @property
    def site(self) -> Path:
        """What a host's Python loads at its start."""
        return self.root / "site"

    def make(self) -> None:
        """Make all of them."""
        own = (self.home, self.users, self.program_data, self.temp, self.programs, self.site)
        for path in (*own, self.users / self.other_user, self.passwd.parent):
            path.mkdir(parents=True, exist_ok=True)
        rows = (("root", 0, self.home), (self.other_user, 1000, self.users / self.other_user))
        self.passwd.write_text("".join(f"{n}:x:{i}:{i}::{home}:/bin/sh\n" for n, i, home in rows))

    def install(self, name: str, program: Path) -> None:
        """Let the host have a program of this machine.

        A link would not do: Python finds its environment by the place that it is started from.
        """
        path = self.programs / name
        path.write_text(f'#!/bin/sh\nexec {shlex.quote(str(program))} "$@"\n')
        path.chmod(0o755)


def host_environment(
    folder: HostFolder,
    user: Mapping[str, str],
    *,
    computer: str,
    aws_url: str,
    imds_url: str,
    platform: str = "Windows",
) -> Mapping[str, str]:
    """The variables of a host's scripts. Of the ``user``'s only what programs need to start."""
    needed = {
        name: value
        for name, value in user.items()
        if name.upper() in _PASSED_ON or name.startswith(_OF_DOTNET)
    }
    own = _of_windows(folder, computer) if platform == "Windows" else {"USER": "root"}
    return {
        **_QUIET,
        **needed,
        **own,
        "PATH": os.pathsep.join((str(folder.programs), *_SYSTEM)),
        "PYTHONPATH": str(folder.site),
        "HOME": str(folder.home),
        "TMPDIR": str(folder.temp),
        "AWS_ENDPOINT_URL": aws_url,
        "AWS_EC2_METADATA_SERVICE_ENDPOINT": imds_url,
    }


def _of_windows(folder: HostFolder, computer: str) -> Mapping[str, str]:
    return {
        "USERPROFILE": str(folder.home),
        "SystemDrive": str(folder.root),
        "ProgramData": str(folder.program_data),
        "PSModulePath": str(folder.modules),
        "TEMP": str(folder.temp),
        "TMP": str(folder.temp),
        "COMPUTERNAME": computer,
        "USERNAME": "SYSTEM",
    }
