"""The user's command, run inside the sandbox."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import threading
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from types import FrameType
from typing import Any, Protocol, Self

from orchestrator.errors import UsageError

_SIGNALS = [signal.SIGINT, signal.SIGTERM, *([signal.SIGHUP] if hasattr(signal, "SIGHUP") else [])]


class NoCommandError(UsageError):
    """There is no such program. Shells end with 127 then."""

    exit_code = 127


class Listed(Protocol):
    """Somebody who ends the command if the sandbox cannot."""

    def started_command(self, process: int) -> None:
        """It runs from now on."""

    def ended(self, number: int) -> None:
        """It is gone."""


def find_command(name: str, environment: Mapping[str, str]) -> str:
    """The program that a shell would start; NoCommandError where there is none."""
    found = shutil.which(name, path=environment.get("PATH", os.defpath))
    if found is None:
        mend = "check the spelling, or give the whole path"
        raise NoCommandError(f"{name}: command not found", where="sandbox", mend=mend)
    return found


def run_command(argv: Sequence[str], environment: Mapping[str, str], listed: Listed) -> int:
    """Run it to its end; its exit code, or 128 and the signal's number.

    It shares the terminal. What asks this process to end is handed to the command, and this process
    lives on to clean up.
    """
    relay = _Relay()
    with relay:
        process = subprocess.Popen(argv, env=dict(environment))  # noqa: S603 - the user's own
        listed.started_command(process.pid)
        relay.lead_to(process)
        code = process.wait()
        listed.ended(process.pid)
    return 128 - code if code < 0 else code


class _Relay:
    """Hands signals on to a process; those that come before it is there, as soon as it is."""

    def __init__(self) -> None:
        self._process: subprocess.Popen[bytes] | None = None
        self._early: list[int] = []
        self._before: dict[int, Any] = {}

    def __enter__(self) -> Self:
        self._before = {number: signal.signal(number, self._hand_on) for number in _SIGNALS}
        return self

    def __exit__(self, *_error: object) -> None:
        for number, handler in self._before.items():
            signal.signal(number, handler)

    def lead_to(self, process: subprocess.Popen[bytes]) -> None:
        self._process = process
        for number in self._early:
            process.send_signal(number)

    def _hand_on(self, number: int, _frame: FrameType | None) -> None:
        if self._process is None:
            self._early.append(number)
        elif number != signal.SIGINT or not _came_from_the_terminal():
            # From the terminal the command, in the same foreground group, has it already.
            self._process.send_signal(number)


def _came_from_the_terminal() -> bool:
    """Whether this process is in the foreground, where Ctrl-C reaches the whole group."""
    try:
        terminal = os.open("/dev/tty", os.O_RDONLY)
    except OSError:
        return False
    try:
        return os.tcgetpgrp(terminal) == os.getpgrp()
    finally:
        os.close(terminal)


@contextmanager
def until_told_to_end() -> Iterator[threading.Event]:
    """An event that Ctrl-C and SIGTERM set, from now on, in place of ending this process."""
    told = threading.Event()

    def tell(_number: int, _frame: FrameType | None) -> None:
        told.set()

    before = {number: signal.signal(number, tell) for number in _SIGNALS}
    try:
        yield told
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
