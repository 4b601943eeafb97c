"""What a step gives to the plugins that run scripts, with Go's complaints where it is unfit."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from orchestrator.sandbox.agent.document import words
from orchestrator.sandbox.runcommand.messages import execution_timeout

PLUGINS = frozenset({"aws:runPowerShellScript", "aws:runShellScript"})
"""The plugins that are in the sandbox."""

_OUTSIDE = re.compile(r"(\.{2}/|~/)")


class UnfitError(Exception):
    """The inputs cannot be used; the text is what the step's standard error says."""


@dataclass(frozen=True, slots=True)
class ScriptInput:
    """One script: its lines, the seconds that it may run, and what is around it.

    ``folder`` is the part of its own below the step's folder, empty for the step's itself.
    """

    lines: tuple[str, ...] = ()
    timeout: int = 3600
    working_directory: str = ""
    environment: Mapping[str, str] = field(default_factory=dict)
    folder: str = ""


def script_input(properties: Any) -> ScriptInput:
    """Read one set of inputs; names count whatever their case. UnfitError."""
    if properties is None:
        return ScriptInput()
    if not isinstance(properties, Mapping):
        wanted = "Go value of type runscript.RunScriptPluginInput"
        raise _unfit(properties, f"json: cannot unmarshal {words.kind(properties)} into {wanted}")
    given = {name.lower(): properties[name] for name in sorted(properties)}
    for name, read in _READERS.items():
        if name.lower() in given and (complaint := read(given[name.lower()])):
            value, wanted = complaint
            place = f"Go struct field RunScriptPluginInput.{name} of type {wanted}"
            raise _unfit(properties, f"json: cannot unmarshal {words.kind(value)} into {place}")
    folder = given.get("id") or ""
    return ScriptInput(
        lines=tuple(line or "" for line in given.get("runcommand") or ()),
        timeout=execution_timeout(given.get("timeoutseconds")),
        working_directory=given.get("workingdirectory") or "",
        environment={key: text or "" for key, text in (given.get("environment") or {}).items()},
        folder="" if _OUTSIDE.match(folder) else folder,
    )


_Complaint = tuple[Any, str] | None
"""A value of the wrong type, and the type that it should have."""


def _no_string(value: Any) -> _Complaint:
    return None if isinstance(value, str | None) else (value, "string")


def _no_strings(value: Any) -> _Complaint:
    if value is None:
        return None
    if not isinstance(value, list):
        return value, "[]string"
    return next(filter(None, map(_no_string, value)), None)


def _no_map(value: Any) -> _Complaint:
    if value is None:
        return None
    if not isinstance(value, Mapping):
        return value, "map[string]string"
    return next(filter(None, map(_no_string, value.values())), None)


_READERS = {
    "Environment": _no_map,
    "ID": _no_string,
    "RunCommand": _no_strings,
    "WorkingDirectory": _no_string,
}


def _unfit(properties: Any, why: str) -> UnfitError:
    return UnfitError(f"Invalid format in plugin properties {words.text(properties)};\nerror {why}")
