"""The sandbox's end of the watcher: a folder and processes that do not outlive it."""

from __future__ import annotations

import contextlib
import os
import subprocess
import sys
import tempfile
from pathlib import Path

from orchestrator.sandbox.launch import watch

_LONGEST_END = 5.0


class Watcher:
    """Owns the sandbox's folder, and everything that is told to it as running.

    `close` ends all of it; so does the end of this process, whatever ends it.
    """

    def __init__(self) -> None:
        self._process = subprocess.Popen(  # noqa: S603 - a program of our own
            [sys.executable, "-I", "-S", "-X", "utf8", str(watch.__file__)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            cwd=tempfile.gettempdir(),
            start_new_session=True,
            bufsize=0,
        )
        assert self._process.stdout is not None
        with self._process.stdout as said:
            name = os.fsdecode(said.readline()).rstrip("\n")
        if not name:
            raise OSError(f"the sandbox's folder could not be made in {tempfile.gettempdir()}")
        self.folder = Path(name)

    def started(self, group: int) -> None:
        """A process group runs from now on; it is killed at the end."""
        self._tell(f"group {group}")

    def started_command(self, process: int) -> None:
        """The user's command runs from now on; it is asked to end if the sandbox dies before."""
        self._tell(f"process {process}")

    def ended(self, number: int) -> None:
        """That group or process is gone."""
        self._tell(f"ended {number}")

    def close(self) -> None:
        """Kill what still runs, remove the folder, and wait until that is done."""
        assert self._process.stdin is not None
        self._process.stdin.close()
        with contextlib.suppress(subprocess.TimeoutExpired):
            self._process.wait(_LONGEST_END)

    def _tell(self, line: str) -> None:
        assert self._process.stdin is not None
        with contextlib.suppress(BrokenPipeError, ValueError):
            # One write of a short line arrives whole, from whatever thread.
            os.write(self._process.stdin.fileno(), f"{line}\n".encode())
