"""A command is sent so that no host gets it twice: SendCommand has no idempotency token."""

from __future__ import annotations

from orchestrator.errors import CannotRunError, LostAnswerError
from orchestrator.model.fleet import SendRequest
from orchestrator.ports import Clock, Fleet

PAUSES = (1.0, 2.0, 4.0, 8.0, 15.0)
"""Seconds between the looks for a command that SSM may show late, before it is believed that it has
none: half a minute in all, where a second is usual."""

ATTEMPTS = 3
"""So often is a command sent of which SSM knows nothing each time."""


def send(request: SendRequest, fleet: Fleet, clock: Clock) -> str:
    """The id of the command; where its answer was lost, it is looked for before it is sent again.

    Raises:
        LostAnswerError: it may have been taken, and nobody could find out.
        CannotRunError: it was not taken.
    """
    lost: LostAnswerError | None = None
    for _ in range(ATTEMPTS):
        try:
            return fleet.send(request)
        except LostAnswerError as error:
            lost = error
        except CannotRunError:
            if lost is not None:
                # This one was not taken, but the one before may have been.
                raise lost from None
            raise
        try:
            command_id = find(request.comment, fleet, clock)
        except CannotRunError:
            # Whoever cannot look must not send it again either.
            raise lost from None
        if command_id is not None:
            return command_id
    assert lost is not None  # there was an attempt, and it did not return
    raise lost


def find(comment: str, fleet: Fleet, clock: Clock) -> str | None:
    """The command with that comment, for which SSM is given time; None where it has none."""
    for pause in (0.0, *PAUSES):
        clock.sleep(pause)
        command_id = fleet.find_sent(comment)
        if command_id is not None:
            return command_id
    return None
