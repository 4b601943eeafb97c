"""Which fleet is wanted."""

from __future__ import annotations

from dataclasses import dataclass, field

from orchestrator.sandbox.fleet.drawing import Drawing
from orchestrator.sandbox.fleet.faults import Faults

HOST_SECONDS = 10.0


@dataclass(frozen=True, slots=True)
class FleetOrder:
    """So many simulated hosts, whose scripts run for ``seconds`` (the median).

    ``seed`` decides everything that is left to chance.
    """

    hosts: int = 0
    seconds: float = HOST_SECONDS
    seed: int = 1
    faults: Faults = field(default_factory=Faults)

    @property
    def drawing(self) -> Drawing:
        """Its chance."""
        return Drawing(self.seed)
