"""Where runs are kept: the user's state folder."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from orchestrator.journal import SqliteJournal

NAME = "runs.sqlite"


def state_folder(environment: Mapping[str, str], home: Path, *, windows: bool) -> Path:
    """``ORCH_STATE_DIR``, else ``%LOCALAPPDATA%`` on Windows and the XDG specification's place."""
    named = environment.get("ORCH_STATE_DIR")
    if named:
        return Path(named).absolute()
    variable, default = (
        ("LOCALAPPDATA", "AppData/Local") if windows else ("XDG_STATE_HOME", ".local/state")
    )
    folder = Path(environment.get(variable, ""))
    return (folder if folder.is_absolute() else home / default) / "orch"


def own_state() -> Path:
    """The state folder of whoever runs `orch`."""
    return state_folder(os.environ, Path.home(), windows=os.name == "nt")


def open_journal(options: Mapping[str, str | None] | None = None) -> SqliteJournal:
    """The user's journal. ``options`` are the operator's own, kept with the runs that begin."""
    from orchestrator.journal import SqliteJournal

    kept = {name: value for name, value in (options or {}).items() if value is not None}
    return SqliteJournal(own_state() / NAME, kept)
