"""``script``: the user's own PowerShell or Python, which prints one JSON value.

The file lies beside the runbook and travels in the check script. It runs as a process of its own,
with a limit of its own; what it prints is captured, read as JSON, and never passed on as it is.
See docs/checks.md for what it finds there, and docs/script-contract.md for its bounds.
"""

from __future__ import annotations

from collections.abc import Mapping

from orchestrator.checks import Check
from orchestrator.model.enums import Shell
from orchestrator.model.procedure import Scalar

_LONGEST = 200


def say(value: Mapping[str, Scalar]) -> str:
    """One line: the fields, cut where there are many."""
    text = ", ".join(f"{name} {_word(item)}" for name, item in value.items())
    return f"script: {text if len(text) <= _LONGEST else text[:_LONGEST] + '...'}"


def _word(item: Scalar) -> str:
    if isinstance(item, bool):
        return "yes" if item else "no"
    return "nothing" if item is None else item


def about(params: Mapping[str, str]) -> str:
    """The file that was run."""
    return f"script {params['file']}"


def refuses(params: Mapping[str, str], shell: Shell) -> str:
    """A script in Python starts no PowerShell; one in PowerShell finds a Python where it can."""
    if shell is Shell.PYTHON and params["file"].lower().endswith(".ps1"):
        return f"{params['file']} is PowerShell, and the checks run in Python"
    return ""


CHECK = Check(
    name="script",
    title="what a script of your own finds",
    params={"file": "file", "timeout": "duration"},
    defaults={"timeout": "60s"},
    fields={"value": "what it printed, where that is no JSON object; else a field for each key"},
    open_fields=True,
    asked_by={
        Shell.POWERSHELL: "{file}, in a process of its own, for at most {timeout}",
        Shell.PYTHON: "{file}, in a process of its own, for at most {timeout}",
    },
    of_host=True,
    by_shell=True,
    refuses=refuses,
    say=say,
    about=about,
)
