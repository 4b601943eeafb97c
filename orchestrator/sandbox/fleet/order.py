"""Which fleet is wanted."""

from __future__ import annotations

from dataclasses import dataclass, field

from orchestrator.sandbox import world
from orchestrator.sandbox.fleet.drawing import Drawing
from orchestrator.sandbox.fleet.faults import Faults
from orchestrator.sandbox.parts import Place

HOST_SECONDS = 10.0
SEED = 1


@dataclass(frozen=True, slots=True)
class FleetOrder:
    """So many simulated hosts, whose scripts run for ``seconds`` (the median).

    ``seed`` decides everything that is left to chance. The hosts are dealt to the ``places`` in
    turn.
    """

    hosts: int = 0
    seconds: float = HOST_SECONDS
    seed: int = SEED
    faults: Faults = field(default_factory=Faults)
    places: tuple[Place, ...] = (world.HOME,)

    @property
    def drawing(self) -> Drawing:
        """Its chance."""
        return Drawing(self.seed)
