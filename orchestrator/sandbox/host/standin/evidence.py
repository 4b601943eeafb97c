"""What the stand-in found out, as it will stand in its envelope."""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping, MutableMapping
from contextlib import contextmanager
from dataclasses import dataclass, field

_STAGES = ("load", "before", "switch", "after", "restore", "total")


@dataclass(slots=True)
class Evidence:
    """What the run saw, in the envelope's own words; it grows while the run goes on."""

    facts: MutableMapping[str, object] = field(default_factory=dict)
    settings: MutableMapping[str, str] = field(default_factory=dict)
    probes: Mapping[str, str] = field(default_factory=dict)
    steps: list[Mapping[str, object]] = field(default_factory=list)
    restored: Mapping[str, object] = field(default_factory=dict)
    ms: MutableMapping[str, int] = field(default_factory=lambda: dict.fromkeys(_STAGES, 0))
    fatal: Mapping[str, object] | None = None

    @contextmanager
    def stage(self, name: str) -> Iterator[None]:
        """Take the time of a stage, in whole milliseconds."""
        begun = time.monotonic()
        try:
            yield
        finally:
            self.ms[name] = round((time.monotonic() - begun) * 1000)
