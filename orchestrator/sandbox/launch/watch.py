"""A program of its own that cleans up after a sandbox, however that ended.

It makes the sandbox's folder and prints its name, so that there is never a folder without somebody
to remove it. Then it reads what runs from standard input, a line each: ``group N`` and
``process N`` begin, ``ended N`` is gone. At the end of the input, be it a close or the death of the
sandbox, it kills the groups, asks the processes to end, kills what a host's scripts left elsewhere,
and removes the folder. It needs nothing but the standard library, and runs with ``-I -S``.
"""

from __future__ import annotations

import contextlib
import os
import shutil
import signal
import sys
import tempfile
import time
from collections.abc import Iterable
from pathlib import Path


def still_running(lines: Iterable[str]) -> dict[int, str]:
    """Read all lines; what was begun and not ended, with its kind."""
    running: dict[int, str] = {}
    for line in lines:
        kind, _, number = line.strip().partition(" ")
        if kind == "ended":
            running.pop(int(number), None)
        else:
            running[int(number)] = kind
    return running


def end(number: int, kind: str) -> None:
    """Kill a group, or ask a process to end."""
    with contextlib.suppress(ProcessLookupError, PermissionError):
        if kind == "group":
            os.killpg(number, signal.SIGKILL)
        else:
            os.kill(number, signal.SIGTERM)


def kill_strays(folder: Path) -> None:
    """Kill what began on a host and left its group: it has a home there. Without /proc, nothing."""
    home = f"HOME={folder / 'hosts'}/".encode()
    for process in Path("/proc").glob("[0-9]*"):
        with contextlib.suppress(OSError):
            variables = (process / "environ").read_bytes().split(b"\0")
            if any(item.startswith(home) for item in variables):
                os.kill(int(process.name), signal.SIGKILL)


def remove(folder: Path) -> None:
    """Remove the folder; what was killed may write for a moment yet."""
    for _ in range(20):
        shutil.rmtree(folder, ignore_errors=True)
        if not folder.exists():
            return
        time.sleep(0.05)


def main() -> None:
    """Make the folder, watch, and clean up."""
    folder = Path(tempfile.mkdtemp(prefix="orch-sandbox-")).resolve()
    try:
        # Nobody may read it any more.
        with contextlib.suppress(BrokenPipeError):
            sys.stdout.write(f"{folder}\n")
            sys.stdout.flush()
        for number, kind in still_running(sys.stdin).items():
            end(number, kind)
        kill_strays(folder)
    finally:
        remove(folder)


if __name__ == "__main__":
    main()
