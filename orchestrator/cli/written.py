"""A file that is there whole, or not at all."""

from __future__ import annotations

import os
import secrets
import stat
from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path

from orchestrator.errors import UsageError


def check_place(path: Path, where: str) -> None:
    """See that a file can be written there; ``where`` begins the error.

    Raises:
        UsageError: the folder is not there, something else is in the way, or nothing may be
            written.
    """
    mend = "name another file"
    try:
        if path.is_dir():
            why, mend = "it is a folder", "name a file in it"
        elif not path.parent.is_dir():
            why, mend = "its folder is not there", "make the folder first, or name another"
        else:
            why = _try_place(path)
    except OSError as error:
        why = error.strerror or str(error)
    if why:
        raise UsageError(f"{path} cannot be written: {why}", where=where, mend=mend)


def _try_place(path: Path) -> str:
    """Why nothing can be written there; empty where it can."""
    if path.exists() and not os.access(path, os.W_OK):
        return "you may not write into it"
    if _is_file_or_none(path):
        # Only trying tells: file systems may be read-only, and rights are more than bits.
        beside = _beside(behind_links(path))
        beside.touch(exist_ok=False)
        beside.unlink()
    return ""


def behind_links(path: Path) -> Path:
    """The file that is meant, if the path is a link; a link to itself is meant itself."""
    return Path(os.path.realpath(path))


def write_whole(path: Path, pieces: Iterable[str]) -> None:
    """Write the pieces in UTF-8. Until the last one is written, what was there before stays.

    What is no file, such as a device or a pipe, cannot be replaced and is written into.

    Raises:
        OSError: it could not be written; nothing of it is left.
    """
    if not _is_file_or_none(path):
        _write(path, pieces)
        return
    place = behind_links(path)
    beside = _beside(place)
    try:
        _write(beside, pieces)
        if place.exists():
            beside.chmod(stat.S_IMODE(place.stat().st_mode))
        beside.replace(place)
    except BaseException:
        with suppress(OSError):
            beside.unlink(missing_ok=True)
        raise


def _write(path: Path, pieces: Iterable[str]) -> None:
    # The forms end their own lines, and have no lone surrogates left; a run is not lost by one.
    with path.open("w", encoding="utf-8", errors="backslashreplace", newline="") as file:
        for piece in pieces:
            file.write(piece)
        file.flush()
        with suppress(OSError):  # a device or a pipe has nothing to bring to a disk
            os.fsync(file.fileno())


def _beside(path: Path) -> Path:
    return path.with_name(f".orch-report-{secrets.token_hex(6)}")


def _is_file_or_none(path: Path) -> bool:
    return path.is_file() or not path.exists()
