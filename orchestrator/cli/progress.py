"""Progress on standard error: a line that moves on a terminal, next to nothing elsewhere."""

from __future__ import annotations

import sys
from types import TracebackType
from typing import TYPE_CHECKING, Self

import typer

from orchestrator.wording import hosts_words

if TYPE_CHECKING:
    from rich.status import Status

    from orchestrator.model.progress import Look

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


FEW_COMMANDS = 3
"""Of so many commands each is named; of more only how many they are."""

EVERY = 30.0
"""Seconds between two lines about the wait where there is no terminal."""


class Progress:
    """Shows how far the run is. See `orchestrator.ports.Listener`.

    Off a terminal the commands' ids are printed, since those find the run again, and now and then
    how far it is; nothing at all where it is to be ``quiet``.
    """

    def __init__(self, *, terminal: bool | None = None, quiet: bool = False) -> None:
        terminal = sys.stderr.isatty() if terminal is None else terminal
        self._terminal = terminal and not quiet
        self._quiet = quiet
        self._status: Status | None = None
        self._sent_to = 0
        self._next_line = EVERY

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
            self._line(detail or _STAGES[name])

    def sent(self, command_id: str, hosts: int, number: int, commands: int) -> None:
        """A command was sent."""
        self._sent_to += hosts
        if commands <= FEW_COMMANDS:
            self.stage("wait", f"command {command_id} sent to {hosts_words(hosts)}")
        elif self._status is not None:
            self._status.update(f"sending the script: {number + 1} of {commands} commands")
        elif number == commands - 1:
            self.stage("wait", f"{commands} commands sent to {hosts_words(self._sent_to)}")

    def look(self, seen: Look) -> None:
        """One look at the commands is done."""
        if self._status is not None:
            self._status.update("\n  ".join(words(seen)))
        elif seen.elapsed >= self._next_line:
            self._next_line = seen.elapsed + EVERY
            self._line("; ".join(words(seen)))

    def _line(self, text: str) -> None:
        if not self._quiet:
            typer.echo(text, err=True)


def words(seen: Look) -> list[str]:
    """How far it is, and which hosts one may want to know of."""
    counts = ", ".join(f"{count} {state}" for state, count in sorted(seen.states.items()))
    hosts = sum(seen.states.values())
    whom = "the host" if hosts == 1 else f"{hosts} hosts"
    until = " s"
    if seen.expected:
        late = seen.elapsed > seen.expected
        until = f" s, usually {seen.expected:.0f}" if late else f" of about {seen.expected:.0f} s"
    lines = [f"waiting for {whom}: {counts}, {seen.elapsed:.0f}{until}"]
    failed = sum(seen.states.get(state, 0) for state in ("Failed", "TimedOut", "Cancelled"))
    if seen.failed:
        named = seen.failed if failed <= len(seen.failed) else seen.failed[:2]
        more = f" and {failed - len(named)} more" if failed > len(named) else ""
        lines.append(f"failed: {', '.join(named)}{more}")
    if seen.slow:
        lines.append(f"still waiting for {', '.join(seen.slow)}")
    return lines
