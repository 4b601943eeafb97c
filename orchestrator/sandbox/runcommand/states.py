"""The statuses of invocations and commands, and how the one follows from the other.

See "Understanding command statuses" in the Systems Manager user guide and the descriptions of
``StatusDetails`` in the API model. Which Status goes with Undeliverable, Terminated and Incomplete
is not documented; what stands here is the nearest of the enum.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from typing import NamedTuple


class State(NamedTuple):
    """A Status with its StatusDetails."""

    status: str
    details: str

    @property
    def final(self) -> bool:
        """Whether it can never change again."""
        return self.status in {"Success", "Cancelled", "TimedOut", "Failed"}


PENDING = State("Pending", "Pending")
IN_PROGRESS = State("InProgress", "InProgress")
CANCELLING = State("Cancelling", "Cancelling")
SUCCESS = State("Success", "Success")
FAILED = State("Failed", "Failed")
CANCELLED = State("Cancelled", "Cancelled")
TERMINATED = State("Cancelled", "Terminated")
EXECUTION_TIMED_OUT = State("TimedOut", "ExecutionTimedOut")
DELIVERY_TIMED_OUT = State("TimedOut", "DeliveryTimedOut")
UNDELIVERABLE = State("Failed", "Undeliverable")
INVALID_PLATFORM = State("Failed", "InvalidPlatform")
ACCESS_DENIED = State("Failed", "AccessDenied")
INCOMPLETE = State("Failed", "Incomplete")
NO_INSTANCES_IN_TAG = State("Failed", "NoInstancesInTag")

ERRORS = frozenset({FAILED, EXECUTION_TIMED_OUT})
"""What counts to MaxErrors, and in a command's ErrorCount."""

_NEVER_REACHED = frozenset({UNDELIVERABLE, INVALID_PLATFORM, ACCESS_DENIED})

_OF_REPLY = {
    "Success": SUCCESS,
    "Failed": FAILED,
    "TimedOut": EXECUTION_TIMED_OUT,
    "Cancelled": CANCELLED,
}


def of_reply(status: str) -> State:
    """The state of an invocation whose agent replied so."""
    return _OF_REPLY[status]


def of_command(states: Iterable[State] | Mapping[State, int], errors_allowed: int) -> State:
    """A command's state from those of its invocations, each by itself or counted."""
    counts = Counter(states)
    if not counts:
        return NO_INSTANCES_IN_TAG
    if all(state.final for state in counts):
        return _final(counts, errors_allowed)
    if CANCELLING in counts:
        return CANCELLING
    return PENDING if set(counts) == {PENDING} else IN_PROGRESS


def _final(counts: Mapping[State, int], errors_allowed: int) -> State:
    """What never reached a host does not count, neither for Success nor against it.

    The user guide says so of the command's Success; elsewhere AWS says otherwise of some.
    """
    if sum(counts.get(state, 0) for state in ERRORS) > errors_allowed:
        return EXECUTION_TIMED_OUT if FAILED not in counts else FAILED
    for whole in (DELIVERY_TIMED_OUT, EXECUTION_TIMED_OUT):
        if set(counts) == {whole}:
            return whole
    if CANCELLED in counts:
        return CANCELLED
    return SUCCESS if set(counts) <= {SUCCESS, *_NEVER_REACHED} else INCOMPLETE
