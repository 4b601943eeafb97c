"""Runbooks by name, from those that are built in, or by path."""

from __future__ import annotations

from pathlib import Path

from orchestrator.errors import UsageError
from orchestrator.givenfiles import given_text
from orchestrator.model.runbook import Runbook
from orchestrator.resources import runbooks_folder
from orchestrator.runbook.loading import load
from orchestrator.runbook.problems import one_of

_ENDINGS = (".yaml", ".yml")


def names() -> tuple[str, ...]:
    """The built-in runbooks."""
    return tuple(sorted(path.stem for path in runbooks_folder().glob("*.yaml")))


def find(name_or_path: str) -> Runbook:
    """The built-in runbook of that name, or the one in that file.

    Raises:
        UsageError: there is none, it cannot be read, or it is wrong.
    """
    return load(*source_text(name_or_path))


def source_text(name_or_path: str) -> tuple[str, str]:
    """The YAML of a runbook, and the name of its file for messages.

    Raises:
        UsageError: there is none, or it cannot be read.
    """
    if name_or_path in names():
        return _read(runbooks_folder() / f"{name_or_path}.yaml", f"{name_or_path}.yaml")
    is_path = name_or_path.endswith(_ENDINGS) or "/" in name_or_path or "\\" in name_or_path
    if is_path or Path(name_or_path).is_file():
        return _read(Path(name_or_path), name_or_path)
    mend = f"{one_of(name_or_path, names())}, or give the path of a .yaml file"
    raise UsageError(f"there is no built-in runbook {name_or_path!r}", where="RUNBOOK", mend=mend)


def _read(path: Path, source: str) -> tuple[str, str]:
    mend = "check the path and its permissions"
    return given_text(path, where=source, mend=mend), source
