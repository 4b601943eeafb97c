"""Level 1: files that a person names. They may be anything, also something without an end."""

from __future__ import annotations

import io
from pathlib import Path
from typing import BinaryIO

from orchestrator.errors import UsageError

LARGEST = 16 * 1024 * 1024
"""Bytes that are read of such a file. Most have some thousands; a config file can grow."""


def given_bytes(path: Path, *, where: str, mend: str) -> bytes:
    """What the file holds. ``where`` names it in messages, ``mend`` helps where it is not there.

    Raises:
        UsageError: it cannot be read, or is too large.
    """
    try:
        with path.open("rb") as stream:
            return all_of(stream, where=where)
    except OSError as error:
        raise UsageError(f"cannot be read: {error.strerror}", where=where, mend=mend) from error
    except ValueError as error:
        raise UsageError(f"is no path: {error}", where=ascii(where), mend=mend) from error


def given_text(path: Path, *, where: str, mend: str) -> str:
    """The same as text, without a byte order mark and with every line ended by a newline alone.

    Raises:
        UsageError: it cannot be read, is too large, or is not UTF-8.
    """
    data = given_bytes(path, where=where, mend=mend)
    try:
        return io.TextIOWrapper(io.BytesIO(data), encoding="utf-8-sig").read()
    except UnicodeDecodeError as error:
        raise UsageError("this file is not UTF-8", where=where, mend="save it as UTF-8") from error


def all_of(stream: BinaryIO, *, where: str) -> bytes:
    """All that comes; UsageError where that is too much."""
    data = stream.read(LARGEST + 1)
    if len(data) > LARGEST:
        what = f"it has more than {LARGEST:,} bytes"
        raise UsageError(what, where=where, mend="name the file that was meant")
    return data
