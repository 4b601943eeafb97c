"""What passes between Run Command and the agents: commands, cancels and replies.

Names and codes are those of the wire (tests/recordings/agent-cases.json).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import Enum
from typing import Any, Protocol

from orchestrator.sandbox.parts import ParameterStore

DEFAULT_EXECUTION_TIMEOUT = 3600


@dataclass(frozen=True, slots=True)
class Order:
    """A command for one instance.

    ``payload`` is JSON text: ``DocumentContent``, its ``Parameters``, where output goes.
    """

    command_id: str
    region: str
    payload: str


@dataclass(frozen=True, slots=True)
class Cancel:
    """A command that is to be given up."""

    command_id: str


@dataclass(frozen=True, slots=True)
class Unknown:
    """A message with a topic that is neither a command's nor a cancel's."""

    topic: str


Message = Order | Cancel | Unknown


class Answer(Enum):
    """What an agent says to a message at once. The older channel knows only the first."""

    SUCCESSFUL = ("200", "Successful")
    BUFFER_FULL = ("51402", "ProcessorBufferFull")
    DUPLICATE = ("51405", "DuplicateCommand")
    UNREADABLE = ("51408", "AgentJobMessageParseError")


@dataclass(frozen=True, slots=True)
class Result:
    """How one plugin ended.

    ``key`` is what replies call it: the plugin's name, or in schema 2.x the step's. ``status`` is
    Success, Failed, TimedOut, Cancelled or Skipped; ``output`` both streams as a page shows them,
    or the agent's own words. The last three are filled where output goes to S3.
    """

    key: str
    plugin: str
    status: str
    code: int
    stdout: str = ""
    stderr: str = ""
    output: str = ""
    began: datetime | None = None
    ended: datetime | None = None
    bucket: str = ""
    key_prefix: str = ""
    step: str = ""


@dataclass(frozen=True, slots=True)
class Reply:
    """What an agent says of a command on its way.

    ``status`` is the document's: InProgress at its start and after each plugin, then a final one.
    ``result`` is the plugin that has just ended; the final reply repeats it if there is only one.
    ``counts`` are of the plugins' statuses; ``trace`` says why nothing could be begun.
    """

    status: str
    result: Result | None = None
    counts: Mapping[str, int] = field(default_factory=dict)
    trace: str = ""


class NotReachedError(Exception):
    """The service did not take what the agent said, and it must be said again."""


class Commands(ParameterStore, Protocol):
    """SSM, as an agent sees it."""

    def receive(
        self, instance_id: str, reachable: Callable[[], bool], wait: float
    ) -> Message | None:
        """The next message, or None after ``wait`` seconds; nothing while not reachable."""

    def acknowledge(
        self, message: Message, instance_id: str, answer: Answer = Answer.SUCCESSFUL
    ) -> bool:
        """Say what becomes of the message. False: it is not wanted any more, do not run it."""

    def fail(self, message: Message, instance_id: str, failure: str) -> None:
        """Say that nothing can be done with it, e.g. ``InternalHandlerException``."""

    def reply(self, message: Message, instance_id: str, reply: Reply) -> None:
        """Say how it goes on. NotReachedError."""

    def hang_up(self, instance_id: str) -> None:
        """End a `receive` that waits, and every later one."""


def execution_timeout(value: Any) -> int:
    """Seconds that a script may run: 5 to 172,800, a fraction is dropped.

    Anything else means one hour, without a word: amazon-ssm-agent's ValidateExecutionTimeout.
    """
    try:
        seconds = int(float(value))
    except (TypeError, ValueError, OverflowError):
        return DEFAULT_EXECUTION_TIMEOUT
    return seconds if 5 <= seconds <= 172_800 else DEFAULT_EXECUTION_TIMEOUT
