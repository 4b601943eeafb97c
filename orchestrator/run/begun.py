"""A run under way: what it is carried out with, and how long its stages took."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime

from orchestrator.model.journal import SentChunk
from orchestrator.ports import Clock, Listener, PolicyReader
from orchestrator.run.command import Commands
from orchestrator.run.targets import Targets


@dataclass(slots=True)
class Stages:
    """How long each stage took, in seconds."""

    clock: Clock
    listener: Listener
    spent: dict[str, float] = field(default_factory=dict)

    @contextmanager
    def stage(self, name: str) -> Iterator[None]:
        """Tell of a stage, and take its time."""
        self.listener.stage(name)
        begun = self.clock.monotonic()
        try:
            yield
        finally:
            self.spent[name] = self.spent.get(name, 0.0) + self.clock.monotonic() - begun


@dataclass(frozen=True, slots=True)
class Begun:
    """A run that is about to send, or was taken up again.

    ``known`` is what was sent of it already. ``notes`` are for its report. ``resumed``: an
    earlier process began it. ``alone``: it is all of
    what the person asked for, so that it is an error, not a report, where nothing could be sent.
    """

    commands: Commands
    targets: Targets
    stages: Stages
    started: datetime
    policies: PolicyReader | None
    notes: list[str]
    known: Mapping[int, SentChunk] = field(default_factory=dict)
    alone: bool = True
    resumed: bool = False
