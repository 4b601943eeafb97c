"""What passes between Run Command and the agents: commands, cancels and replies."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

DEFAULT_EXECUTION_TIMEOUT = 3600


@dataclass(frozen=True, slots=True)
class Order:
    """A command for one instance. ``lines`` are the ``commands`` parameter, one script in all.

    ``plugin`` is ``aws:runPowerShellScript`` or ``aws:runShellScript``, ``execution_timeout`` the
    parameter's text, as the sender wrote it.
    """

    command_id: str
    region: str
    plugin: str
    lines: tuple[str, ...]
    execution_timeout: str = str(DEFAULT_EXECUTION_TIMEOUT)


@dataclass(frozen=True, slots=True)
class Cancel:
    """A command that is to be given up."""

    command_id: str


@dataclass(frozen=True, slots=True)
class Reply:
    """How a command ended on one instance.

    ``status`` is Success, Failed, TimedOut or Cancelled; ``output`` both streams as a page shows
    them; ``began`` is None where the script never began, and ``trace`` then says why.
    """

    status: str
    code: int
    stdout: str = ""
    stderr: str = ""
    output: str = ""
    began: datetime | None = None
    ended: datetime | None = None
    trace: str = ""


class Commands(Protocol):
    """Run Command, as an agent sees it."""

    def receive(
        self, instance_id: str, reachable: Callable[[], bool], wait: float
    ) -> Order | Cancel | None:
        """The next message, or None after ``wait`` seconds; nothing while not reachable."""

    def acknowledge(self, command_id: str, instance_id: str) -> bool:
        """Say that the command was taken. False: it is not wanted any more, do not run it."""

    def reply(self, command_id: str, instance_id: str, reply: Reply) -> None:
        """Say how it ended."""

    def hang_up(self, instance_id: str) -> None:
        """End a `receive` that waits, and every later one."""


def execution_timeout(text: str) -> int:
    """Seconds that a script may run: 5 to 172,800, a fraction is dropped.

    Anything else means one hour, without a word: amazon-ssm-agent's ValidateExecutionTimeout.
    """
    try:
        seconds = int(float(text))
    except (ValueError, OverflowError):
        return DEFAULT_EXECUTION_TIMEOUT
    return seconds if 5 <= seconds <= 172_800 else DEFAULT_EXECUTION_TIMEOUT
