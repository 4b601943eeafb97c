"""``module_version``: is a module installed on the host, and is it new enough. It asks no service.

In PowerShell it is the newest that ``Get-Module -ListAvailable`` finds, without loading it; in
Python the version that the package's metadata give.
"""

from __future__ import annotations

from collections.abc import Mapping

from orchestrator.checks import Check
from orchestrator.model.enums import Shell
from orchestrator.model.procedure import Scalar


def say(value: Mapping[str, Scalar]) -> str:
    """One line: the version, and whether it will do."""
    if not value.get("installed"):
        return f"module {value.get('name')} is not installed"
    enough = "new enough" if value.get("new_enough") else "too old"
    return f"module {value.get('name')} {value.get('version')} is {enough}"


def about(params: Mapping[str, str]) -> str:
    """The module that was looked for."""
    return f"module {params['module']}"


CHECK = Check(
    name="module_version",
    title="whether a module is installed and new enough",
    params={"module": "module-name", "minimum": "version"},
    fields={
        "installed": "whether the host has the module",
        "name": "the module that was asked for",
        "version": "the newest version that is installed; nothing where there is none",
        "new_enough": "whether that is the minimum or newer",
    },
    asked_by={
        Shell.POWERSHELL: "Get-Module -ListAvailable -Name '{module}'",
        Shell.PYTHON: "importlib.metadata.version('{module}')",
    },
    of_host=True,
    say=say,
    about=about,
)
