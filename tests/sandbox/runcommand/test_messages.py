from __future__ import annotations

import pytest

from orchestrator.sandbox.runcommand.messages import execution_timeout


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("5", 5),
        ("172800", 172_800),
        ("5.9", 5),
        ("4", 3600),
        ("3", 3600),
        ("172801", 3600),
        ("-60", 3600),
        ("abc", 3600),
        ("", 3600),
        ("inf", 3600),
        ("nan", 3600),
    ],
)
def test_an_execution_timeout_out_of_range_is_an_hour(text, seconds):
    assert execution_timeout(text) == seconds
