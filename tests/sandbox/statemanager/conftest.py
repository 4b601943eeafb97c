from __future__ import annotations

import pytest

from support.paper_ssm import PaperSsm


@pytest.fixture
def ssm() -> PaperSsm:
    """With a document named look, and two hosts."""
    made = PaperSsm()
    made.document()
    return made
