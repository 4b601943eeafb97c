"""A script that runs as a process, in a group of its own."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import threading
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol


class Groups(Protocol):
    """Somebody who keeps the list of process groups that must not outlive the sandbox."""

    def started(self, group: int) -> None:
        """A group runs from now on."""

    def ended(self, group: int) -> None:
        """Nothing of this group runs any more."""


@dataclass(frozen=True, slots=True)
class Command:
    """What to start. ``stdin`` is the text on standard input, ``exits`` maps the exit code.

    ``before`` and ``after`` are what the host itself prints around the script.
    """

    argv: Sequence[str]
    environment: Mapping[str, str]
    cwd: Path
    stdin: str = ""
    exits: Callable[[int], int] = int
    before: str = ""
    after: str = ""


class ProcessRun:
    """A started command, as `parts.Running`. Its output goes to files in ``folder``."""

    def __init__(self, command: Command, folder: Path, groups: Groups) -> None:
        self._command = command
        self._stdout = folder / "stdout"
        self._groups = groups
        self._killed = False
        self._code = 0
        self._ended = threading.Event()
        self._process = self._start(folder)
        groups.started(self._process.pid)
        threading.Thread(target=self._watch, daemon=True).start()

    def wait(self, timeout: float) -> int | None:
        """The exit code, or None if it still runs after so many seconds. Signals are negative."""
        return self._code if self._ended.wait(timeout) else None

    def kill(self) -> None:
        """End the whole group at once. Harmless when it ended."""
        if self._ended.is_set():
            return
        self._killed = True
        kill_group(self._process.pid)

    def _start(self, folder: Path) -> subprocess.Popen[bytes]:
        folder.mkdir(parents=True, exist_ok=True)
        source = folder / "stdin"
        source.write_text(self._command.stdin, encoding="utf-8", newline="\n")
        with (
            source.open("rb") as stdin,
            self._stdout.open("ab", buffering=0) as stdout,
            (folder / "stderr").open("ab", buffering=0) as stderr,
        ):
            stdout.write(self._command.before.encode())
            return subprocess.Popen(  # noqa: S603 - the host runs what it is sent
                self._command.argv,
                stdin=stdin,
                stdout=stdout,
                stderr=stderr,
                env=dict(self._command.environment),
                cwd=self._command.cwd,
                start_new_session=True,
            )

    def _watch(self) -> None:
        code = self._process.wait()
        if not self._killed:
            code = self._command.exits(code)
            with self._stdout.open("ab") as stdout:
                stdout.write(self._command.after.encode())
        if not group_lives(self._process.pid):
            self._groups.ended(self._process.pid)
        self._code = code
        self._ended.set()


def kill_group(group: int) -> None:
    """SIGKILL to every process of the group, if there is any."""
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(group, signal.SIGKILL)


def group_lives(group: int) -> bool:
    """Whether any process of the group is left."""
    try:
        os.killpg(group, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True
