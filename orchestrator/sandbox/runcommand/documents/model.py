"""What one version of a document says, as far as a command goes by it."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from orchestrator.sandbox.runcommand.messages import execution_timeout

LARGEST = 64 * 1024
"""Bytes of a document together with the parameters of a command."""

_PLACE = re.compile(r"\{\{\s*([a-zA-Z0-9]+)\s*\}\}")


@dataclass(frozen=True, slots=True)
class Step:
    """One of its steps.

    ``key`` is what replies and PluginName call it: the plugin's name in schema 1.2, the step's own
    in 2.2. ``timeout`` is what stands at ``timeoutSeconds``, perhaps a placeholder.
    """

    key: str
    plugin: str
    timeout: Any = None

    @property
    def folders(self) -> str:
        """The part of paths and S3 keys that is the step's."""
        plugin = self.plugin.replace(":", "")
        return f"{plugin}/{f'0.{plugin}' if self.key == self.plugin else self.key}"


@dataclass(frozen=True, slots=True)
class Document:
    """A command document of schema 1.2 or 2.2, in one version.

    ``parameters`` are their definitions, by name; ``size`` is the text's, in bytes.
    """

    name: str
    version: str
    content: Mapping[str, Any]
    steps: Sequence[Step]
    platforms: frozenset[str]
    size: int
    parameters: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)

    def values(self, given: Mapping[str, Sequence[str]]) -> Mapping[str, Any]:
        """The parameters as agents get them: a String is no list any more."""
        return {
            name: items if self.parameters[name]["type"] == "StringList" else items[0]
            for name, items in given.items()
        }

    def execution_timeout(self, given: Mapping[str, Sequence[str]]) -> int:
        """Seconds that all of its steps may run together, with these parameters."""
        return sum(execution_timeout(self._timeout(step, given)) for step in self.steps)

    def _timeout(self, step: Step, given: Mapping[str, Sequence[str]]) -> Any:
        place = _PLACE.fullmatch(step.timeout) if isinstance(step.timeout, str) else None
        if place is None:
            return step.timeout
        usual = self.parameters.get(place[1], {}).get("default")
        return given[place[1]][0] if given.get(place[1]) else usual
