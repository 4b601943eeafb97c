"""Which process sees a run to its end: it holds a lock on a file, which ends with the process."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from orchestrator.errors import JournalError

if sys.platform == "win32":
    import msvcrt

    def _take(descriptor: int) -> None:
        msvcrt.locking(descriptor, msvcrt.LK_NBLCK, 1)
else:
    import fcntl

    def _take(descriptor: int) -> None:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)


class RunHeldError(JournalError):
    """Another process sees the run to its end at this moment."""


@contextmanager
def holding(folder: Path, run_id: str) -> Iterator[None]:
    """Hold the run of that id. A folder that cannot be written to holds nobody back.

    Raises:
        RunHeldError: another process holds it.
    """
    path = folder / "held" / run_id
    try:
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        descriptor = _open(path, run_id)
    except OSError:
        # The journal, which lies there too, says what is wrong with the folder.
        yield
        return
    try:
        yield
    finally:
        with suppress(OSError):  # Windows keeps the name of a file that is open
            path.unlink()
        os.close(descriptor)


def _open(path: Path, run_id: str) -> int:
    """The file, locked. One that its last holder removed meanwhile is none."""
    while True:
        descriptor = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
        try:
            _take(descriptor)
        except (BlockingIOError, PermissionError):
            os.close(descriptor)
            what = f"another orch on this machine sees the run {run_id} to its end"
            mend = f"`orch runs attach {run_id}` watches it, `orch runs cancel {run_id}` stops it"
            raise RunHeldError(what, where="RUN", mend=mend) from None
        except OSError:
            # A file system without locks holds nobody back.
            os.close(descriptor)
            raise
        if _is_still(path, descriptor):
            return descriptor
        os.close(descriptor)


def _is_still(path: Path, descriptor: int) -> bool:
    with suppress(OSError):
        return os.path.samestat(path.stat(), os.fstat(descriptor))
    return False


def is_held(folder: Path, run_id: str) -> bool:
    """Whether some process holds the run of that id."""
    try:
        with holding(folder, run_id):
            return False
    except RunHeldError:
        return True
