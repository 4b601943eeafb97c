"""A script that runs as a process, in a group of its own."""

from __future__ import annotations

import contextlib
import os
import shutil
import signal
import subprocess
import threading
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO, Protocol

from orchestrator.sandbox.forking import FORKING
from orchestrator.sandbox.host.pipes import Pipes
from orchestrator.sandbox.parts import NotStartedError


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
    """A started command, as `parts.Running`. Its output goes to files in ``folder``.

    As for the real agent it has not ended while anybody holds its standard output or error, be
    it a child in the background that outlives it.

    Raises:
        NotStartedError: there is no such program, or no such working directory.
    """

    def __init__(self, command: Command, folder: Path, groups: Groups) -> None:
        self._command = command
        self._stdout = folder / "stdout"
        self._groups = groups
        self._killed = False
        self._abandoned = False
        self._code: int | None = None
        self._ended = threading.Event()
        folder.mkdir(parents=True, exist_ok=True)
        self._process, self._pipes = self._start(folder)
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
        self._pipes.stop()

    def abandon(self) -> None:
        """Listen no more, and let `wait` return None, while the process goes on."""
        if self._ended.is_set():
            return
        self._abandoned = True
        self._pipes.drop()
        self._ended.set()

    def _start(self, folder: Path) -> tuple[subprocess.Popen[bytes], Pipes]:
        out, out_end = os.pipe()
        error, error_end = os.pipe()
        try:
            with _source(self._command.stdin, folder) as stdin:
                process = _started(self._command, stdin, out_end, error_end)
        except OSError:
            os.close(out)
            os.close(error)
            raise
        finally:
            os.close(out_end)
            os.close(error_end)
        pipes = Pipes({out: self._stdout, error: folder / "stderr"})
        self._print(self._command.before)
        return process, pipes

    def _print(self, text: str) -> None:
        with self._stdout.open("ab") as stdout:
            stdout.write(text.encode())

    def _watch(self) -> None:
        self._pipes.copy()
        code = self._process.wait()
        if not (self._killed or self._abandoned):
            code = self._command.exits(code)
            self._print(self._command.after)
        if not group_lives(self._process.pid):
            self._groups.ended(self._process.pid)
        if not self._abandoned:
            self._code = code
        self._ended.set()


def _source(text: str, folder: Path) -> BinaryIO:
    """What a script reads on its standard input; the agent gives none."""
    if not text:
        return Path(os.devnull).open("rb")
    path = folder / "stdin"
    path.write_text(text, encoding="utf-8", newline="\n")
    return path.open("rb")


def _started(
    command: Command, stdin: BinaryIO, stdout: int, stderr: int
) -> subprocess.Popen[bytes]:
    try:
        with FORKING:
            return subprocess.Popen(  # noqa: S603 - the host runs what it is sent
                command.argv,
                stdin=stdin,
                stdout=stdout,
                stderr=stderr,
                env=dict(command.environment),
                cwd=command.cwd,
                start_new_session=True,
            )
    except OSError as error:
        raise NotStartedError(_why(command, error)) from error


def _why(command: Command, error: OSError) -> str:
    """Why it did not start, in the words of Go, which the agent is written in."""
    name = command.argv[0]
    program = name if "/" in name else shutil.which(name, path=command.environment.get("PATH"))
    if program is None:
        return f'exec: "{name}": executable file not found in $PATH'
    return f"fork/exec {program}: {os.strerror(error.errno or 0).lower()}"


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
