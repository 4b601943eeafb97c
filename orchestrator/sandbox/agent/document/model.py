"""A document that was read: its steps, with every placeholder replaced."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any


class RefusedError(Exception):
    """The document cannot be run at all; the text is the reply's trace."""


@dataclass(frozen=True, slots=True)
class Argument:
    """One side of a precondition: as the document has it, and with the parameters put in."""

    written: str
    resolved: str


@dataclass(frozen=True, slots=True)
class Step:
    """What one plugin is to do.

    ``key`` is what replies call it: the plugin's name in schema 1.x, the step's own in 2.x.
    ``properties`` is one set of inputs, or in 1.x a list of them. ``folder`` is where its script
    lies below the command's folder. ``conditions`` are by operator.
    """

    key: str
    plugin: str
    properties: Any
    folder: str
    conditions: Mapping[str, tuple[Argument, ...]] = field(default_factory=dict)

    def modifier(self, name: str) -> str:
        """One of the inputs that steer the document, such as ``onFailure``; empty if not given."""
        value = self.properties.get(name) if isinstance(self.properties, Mapping) else None
        if isinstance(value, bool):
            return "true" if value else "false"
        return value if isinstance(value, str) else ""


@dataclass(frozen=True, slots=True)
class Document:
    """The steps in their order. ``is_conditional``: its schema (2.2) knows preconditions."""

    steps: tuple[Step, ...]
    is_conditional: bool
