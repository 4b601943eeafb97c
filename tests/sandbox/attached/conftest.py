from __future__ import annotations

from collections.abc import Iterator

import pytest

from support.attached_stage import AttachedStage
from support.standing_cloud import MovedClock


@pytest.fixture(scope="module")
def stage() -> Iterator[AttachedStage]:
    """Services with a host to attach as, on a clock that a test may move."""
    with AttachedStage(clock=MovedClock()) as stage:
        yield stage
