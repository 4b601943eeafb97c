"""Which program runs a PowerShell script: a real PowerShell where there is one, else a stand-in."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

from orchestrator.errors import UsageError

_FAMILIES = (
    ("AWS.Tools.SecurityToken", "AWS.Tools.S3"),
    ("AWSPowerShell.NetCore",),
    ("AWSPowerShell",),
)
_VARIABLE = "ORCH_SANDBOX_PWSH"
_ASK = (
    "if (Get-Module -ListAvailable AWS.Tools.SecurityToken,AWSPowerShell.NetCore,AWSPowerShell)"
    " { exit 0 } else { exit 3 }"
)


class EngineChoice(StrEnum):
    """What the user wants: a real PowerShell, the stand-in, or the best that there is."""

    AUTO = "auto"
    PWSH = "pwsh"
    STAND_IN = "stand-in"


@dataclass(frozen=True, slots=True)
class Pwsh:
    """A real PowerShell and the folders in which it finds modules (as in PSModulePath)."""

    program: Path
    module_path: str


def find_pwsh(choice: EngineChoice, environment: Mapping[str, str]) -> Pwsh | None:
    """The PowerShell to use, or None for the stand-in.

    ``environment`` is the user's: ``ORCH_SANDBOX_PWSH``, ``PATH``, ``PSModulePath``, ``HOME`` and
    ``XDG_DATA_HOME`` count. Left to choose, it takes a PowerShell only if that has the AWS modules.

    Raises:
        UsageError: ``ORCH_SANDBOX_PWSH`` names no program, or there is none and it must be.
    """
    if choice is EngineChoice.STAND_IN:
        return None
    program = _program(environment)
    if program is None:
        if choice is EngineChoice.PWSH:
            mend = f"put pwsh on PATH, or name the program in {_VARIABLE}, or take another engine"
            raise UsageError("there is no pwsh here", where="--engine pwsh", mend=mend)
        return None
    folders = _module_folders(program, environment)
    pwsh = Pwsh(program, os.pathsep.join(map(str, folders)))
    usable = choice is EngineChoice.PWSH or _has_modules(folders) or _says_so(pwsh, environment)
    return pwsh if usable else None


def _program(environment: Mapping[str, str]) -> Path | None:
    named = environment.get(_VARIABLE)
    found = shutil.which(named or "pwsh", path=environment.get("PATH", os.defpath))
    if named and found is None:
        mend = f"let it name the program itself, or unset it: {_VARIABLE}=/opt/powershell/pwsh"
        raise UsageError(f"there is no program {named}", where=_VARIABLE, mend=mend)
    return Path(found).absolute() if found else None


def _module_folders(program: Path, environment: Mapping[str, str]) -> list[Path]:
    """PSModulePath, then the places that PowerShell itself looks in (about_PSModulePath)."""
    named = [Path(item) for item in environment.get("PSModulePath", "").split(os.pathsep) if item]
    data = environment.get("XDG_DATA_HOME") or Path(environment.get("HOME", "/"), ".local/share")
    users = Path(data) / "powershell/Modules"
    own = program.resolve().parent / "Modules"
    return list(dict.fromkeys([*named, users, Path("/usr/local/share/powershell/Modules"), own]))


def _has_modules(folders: Iterable[Path]) -> bool:
    places = list(folders)
    return any(
        all(any((place / name).is_dir() for place in places) for name in family)
        for family in _FAMILIES
    )


def _says_so(pwsh: Pwsh, environment: Mapping[str, str]) -> bool:
    """Ask the program itself: it may be a wrapper that sets folders of its own."""
    try:
        done = subprocess.run(  # noqa: S603 - the user named the program
            [pwsh.program, "-NonInteractive", "-NoProfile", "-Command", _ASK],
            env={**environment, "PSModulePath": pwsh.module_path},
            stdin=subprocess.DEVNULL,
            capture_output=True,
            timeout=30,
            check=False,
        )
    except (OSError, subprocess.TimeoutExpired):
        return False
    return done.returncode == 0
