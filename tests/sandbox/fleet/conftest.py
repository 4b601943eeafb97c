from __future__ import annotations

import pytest

from orchestrator.sandbox.fleet.faults import Faults
from orchestrator.sandbox.fleet.order import FleetOrder
from support.paper_fleet import Fleet


@pytest.fixture
def make_fleet():
    def make(hosts=20, seconds=10.0, seed=1, faults=None, **more):
        return Fleet(FleetOrder(hosts, seconds, seed, faults or Faults()), **more)

    return make
