"""What is known of a host before it is judged, in a form that does not say who asked it."""

from __future__ import annotations

from dataclasses import dataclass

from orchestrator.errors import OrchError
from orchestrator.model.fleet import Invocation


@dataclass(frozen=True, slots=True)
class Told:
    """What is known of one host's part in a run, whoever sent it.

    ``command_id`` is None where no command was sent to it. ``unsent`` is what kept it from being
    sent; ``unwatched`` says why its end could not be looked at, and is empty where it could.
    ``pending`` says of a schedule's run that it goes on still, ``dropped`` that what the host said
    is not kept any more.
    """

    instance_id: str
    command_id: str | None = None
    invocation: Invocation | None = None
    unsent: OrchError | None = None
    unwatched: str = ""
    pending: str = ""
    dropped: str = ""
