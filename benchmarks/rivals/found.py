"""One case's figures among those of all."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

Figures = Mapping[str, Any]


def of(cases: Sequence[Figures], strategy: str, hosts: int) -> Figures:
    """Those of the strategy on so many hosts, where nothing goes wrong."""
    wanted = (strategy, hosts, "")
    return next(c for c in cases if (c["strategy"], c["hosts"], c["fault"]) == wanted)


def under(cases: Sequence[Figures], strategy: str, fault: str) -> Figures:
    """Those of the strategy with that fault."""
    return next(c for c in cases if (c["strategy"], c["fault"]) == (strategy, fault))
