"""Runbooks by name, from those that are built in, or by path."""

from __future__ import annotations

from functools import cache, partial
from pathlib import Path

from orchestrator.errors import UsageError
from orchestrator.givenfiles import given_text
from orchestrator.kinds import shown
from orchestrator.model.runbook import Runbook
from orchestrator.resources import runbooks_folder
from orchestrator.runbook.loading import load
from orchestrator.runbook.problems import one_of

_ENDINGS = (".yaml", ".yml")

LARGEST_FILE = 16 * 1024
"""Bytes of a file that a check carries: all of a script and its document may have 64 KB."""


def names() -> tuple[str, ...]:
    """The built-in runbooks."""
    return tuple(sorted(path.stem for path in runbooks_folder().glob("*.yaml")))


def find(name_or_path: str) -> Runbook:
    """The built-in runbook of that name, or the one in that file, with the files that it names.

    Raises:
        UsageError: there is none, it cannot be read, or it is wrong.
    """
    return _found(name_or_path)[0]


def checked_text(name_or_path: str) -> str:
    """The YAML of a runbook that is right; raises what `find` does."""
    return _found(name_or_path)[1]


def _found(name_or_path: str) -> tuple[Runbook, str]:
    path, source = _place(name_or_path)
    text = _read(path, source)
    return load(text, source, cache(partial(_beside, path.parent))), text


def source_text(name_or_path: str) -> tuple[str, str]:
    """The YAML of a runbook, and the name of its file for messages.

    Raises:
        UsageError: there is none, or it cannot be read.
    """
    path, source = _place(name_or_path)
    return _read(path, source), source


def _place(name_or_path: str) -> tuple[Path, str]:
    if name_or_path in names():
        return runbooks_folder() / f"{name_or_path}.yaml", f"{name_or_path}.yaml"
    is_path = name_or_path.endswith(_ENDINGS) or "/" in name_or_path or "\\" in name_or_path
    if is_path or Path(name_or_path).is_file():
        return Path(name_or_path), name_or_path
    mend = f"{one_of(name_or_path, names())}, or give the path of a .yaml file"
    raise UsageError(f"there is no built-in runbook {name_or_path!r}", where="RUNBOOK", mend=mend)


def _read(path: Path, source: str) -> str:
    mend = "check the path and its permissions"
    return given_text(path, where=source, mend=mend)


def _beside(folder: Path, name: str) -> str:
    """The text of a file in the runbook's folder; a link that leads out of it is not followed."""
    path = folder / name
    mend = "put the file beside the runbook, and name it from there"
    try:
        inside = path.resolve().is_relative_to(folder.resolve())
    except (OSError, RuntimeError) as error:
        raise UsageError(f"{shown(name)} leads nowhere", mend=mend) from error
    if not inside:
        raise UsageError(f"{shown(name)} leads out of the runbook's folder", mend=mend)
    if not path.is_file():
        what = "is no file" if path.exists() else "is not there"
        raise UsageError(f"{shown(name)} {what}", mend=mend)
    size = path.stat().st_size
    if size > LARGEST_FILE:
        what = f"{shown(name)} has {size:,} bytes, {LARGEST_FILE:,} are the most"
        raise UsageError(what, mend="it travels inside of the check script: make it shorter")
    text = given_text(path, where=name, mend=mend)
    if "\0" in text:
        raise UsageError(f"{shown(name)} is no text: it holds the character NUL", mend=mend)
    return text
