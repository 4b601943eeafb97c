from __future__ import annotations

import pytest

from support.paper_service import Service


@pytest.fixture
def service() -> Service:
    return Service()
