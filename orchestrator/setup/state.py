"""Stacks, change sets and events as AWS tells of them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

REVIEW = "REVIEW_IN_PROGRESS"
"""The status of a stack that is nothing yet but a change set."""


@dataclass(frozen=True, slots=True)
class StackState:
    """A stack. ``outputs`` are values by their keys."""

    stack_id: str
    name: str
    status: str
    reason: str = ""
    parameters: Mapping[str, str] = field(default_factory=dict)
    outputs: Mapping[str, str] = field(default_factory=dict)

    @property
    def is_over(self) -> bool:
        """Whether nothing goes on with it."""
        return not self.status.endswith("_IN_PROGRESS") or self.status == REVIEW

    @property
    def is_well(self) -> bool:
        """Whether the last thing that was done with it succeeded."""
        return self.status in {"CREATE_COMPLETE", "UPDATE_COMPLETE"}


@dataclass(frozen=True, slots=True)
class Change:
    """What happens to one resource. ``replacement``: ``True``, ``False``, ``Conditional`` or empty.

    ``properties`` are those that change, ``causes`` the parameters and resources that make them.
    """

    action: str
    logical_id: str
    type: str
    physical_id: str = ""
    replacement: str = ""
    properties: tuple[str, ...] = ()
    causes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class ChangeSet:
    """A change set. ``status`` and ``reason`` are AWS's."""

    change_set_id: str
    stack_id: str
    status: str
    reason: str = ""
    changes: tuple[Change, ...] = ()

    @property
    def is_over(self) -> bool:
        """Whether it will not change by itself any more."""
        return self.status in {"CREATE_COMPLETE", "FAILED"}

    @property
    def is_empty(self) -> bool:
        """Whether AWS says that there is nothing to change.

        The second is what it says where a template has macros.
        """
        words = ("didn't contain changes", "No updates are to be performed")
        return self.status == "FAILED" and any(text in self.reason for text in words)


@dataclass(frozen=True, slots=True)
class Conflict:
    """What AWS found wrong with a resource before anything was made."""

    logical_id: str
    type: str
    reason: str


@dataclass(frozen=True, slots=True)
class Event:
    """Something that happened to a resource of a stack, or to the stack itself."""

    at: datetime
    logical_id: str
    type: str
    status: str
    reason: str = ""

    @property
    def is_failure(self) -> bool:
        """Whether it failed by itself, and not because another resource did."""
        return self.status.endswith("_FAILED") and "cancelled" not in self.reason
