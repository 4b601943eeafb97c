"""The command line that runs a script on a host, as the agent would start it."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from orchestrator.render.wrapped import python_source
from orchestrator.sandbox.host.between import Between
from orchestrator.sandbox.host.engines import Pwsh

_VERDICTS = frozenset({0, 10, 20})
# The agent's own: on Windows as they are, elsewhere without what is about Windows alone.
_WINDOWS = (
    *("-InputFormat", "None", "-NonInteractive", "-NoProfile"),
    *("-ExecutionPolicy", "unrestricted", "-f"),
)
_ELSEWHERE = ("-NonInteractive", "-NoProfile", "-File")


def is_locked_down(environment: Mapping[str, str]) -> bool:
    """Whether the host's policy has PowerShell run in Constrained Language Mode.

    The variable is how PowerShell's own tests set it; WDAC and AppLocker are what sets it for good.
    """
    return environment.get("__PSLockdownPolicy") == "4"


@dataclass(frozen=True, slots=True)
class Program:
    """A command line, what comes on its standard input, and how its exit code is passed on."""

    argv: tuple[str, ...]
    stdin: str = ""
    exits: Callable[[int], int] = int


def program_for(script: Path, environment: Mapping[str, str], pwsh: Pwsh | None) -> Program:
    """What runs this script: a shell, a PowerShell, or where there is none its stand-in."""
    if script.suffix == ".sh":
        return Program(("sh", "-c", str(script)))
    if pwsh is not None:
        options = _WINDOWS if os.name == "nt" else _ELSEWHERE
        return Program((str(pwsh.program), *options, str(script)))
    if not is_locked_down(environment) and (
        source := python_source(script.read_text(encoding="utf-8-sig", errors="replace"))
    ):
        return Program((sys.executable, "-X", "utf8", "-"), source, wrapper_exit)
    order = json.dumps({"script": str(script), "environment": dict(environment)})
    module = "orchestrator.sandbox.host.standin"
    return Program((sys.executable, "-P", "-X", "utf8", "-m", module), order)


def between(kind: Between, argv: Sequence[str]) -> Sequence[str]:
    """The command line with what stands before it on this host, if anything does."""
    if kind is Between.NOTHING:
        return argv
    module = "orchestrator.sandbox.host.between"
    return (sys.executable, "-P", "-X", "utf8", "-m", module, kind.value, *argv)


def wrapper_exit(code: int) -> int:
    """What the wrapper exits with: the script's own verdict, or that nothing was observed."""
    return code if code in _VERDICTS else 20
