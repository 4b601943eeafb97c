"""Progress on standard error: a line that moves on a terminal, next to nothing elsewhere."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from types import TracebackType
from typing import TYPE_CHECKING, Self

import typer

if TYPE_CHECKING:
    from rich.status import Status

_STAGES = {
    "check": "asking SSM about the instance",
    "send": "sending the script",
    "wait": "waiting for the host",
    "read": "reading the evidence",
    "examine": "reading EC2 and the policies",
    "change set": "asking CloudFormation what would change",
    "stack": "waiting for the stack",
    "restore": "putting back what is left on the host",
    "cancel": "stopping: cancelling the command (Ctrl-C again leaves it)",
}


class Progress:
    """Shows how far the run is. See `orchestrator.ports.Listener`.

    Off a terminal only the command's id is printed, since that is what finds the run again.
    """

    def __init__(self, *, terminal: bool | None = None) -> None:
        self._terminal = sys.stderr.isatty() if terminal is None else terminal
        self._status: Status | None = None

    def __enter__(self) -> Self:
        if self._terminal:
            from rich.console import Console

            self._status = Console(stderr=True).status("")
            self._status.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if self._status is not None:
            self._status.stop()
            self._status = None

    def stage(self, name: str, detail: str = "") -> None:
        """A stage begins."""
        if self._status is not None:
            self._status.update(detail or _STAGES.get(name, name))
        elif detail or name == "cancel":
            typer.echo(detail or _STAGES[name], err=True)

    def look(self, elapsed: float, states: Mapping[str, int]) -> None:
        """One look at the command is done."""
        if self._status is not None:
            counts = ", ".join(f"{count} {state}" for state, count in states.items())
            self._status.update(f"{_STAGES['wait']}: {counts}, {elapsed:.0f} s")
