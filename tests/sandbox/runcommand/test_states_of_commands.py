from __future__ import annotations

import pytest

from orchestrator.sandbox.runcommand import states
from orchestrator.sandbox.runcommand.dispatch import share
from orchestrator.sandbox.runcommand.states import of_command

S, F, P, I = states.SUCCESS, states.FAILED, states.PENDING, states.IN_PROGRESS  # noqa: E741 - short
D, X, C = states.DELIVERY_TIMED_OUT, states.EXECUTION_TIMED_OUT, states.CANCELLED


@pytest.mark.parametrize(
    ("found", "allowed", "expected"),
    [
        ([P, P], 0, states.PENDING),
        ([P, I], 0, states.IN_PROGRESS),
        ([S, I], 0, states.IN_PROGRESS),
        ([S, P], 0, states.IN_PROGRESS),
        ([states.CANCELLING, S], 0, states.CANCELLING),
        ([S, S], 0, states.SUCCESS),
        ([S, F], 0, states.FAILED),
        ([S, F], 2, states.INCOMPLETE),
        ([F, X], 0, states.FAILED),
        ([X, S], 0, states.EXECUTION_TIMED_OUT),
        ([D, D], 0, states.DELIVERY_TIMED_OUT),
        ([D, S], 0, states.INCOMPLETE),
        ([C, S], 0, states.CANCELLED),
        ([F, states.TERMINATED], 0, states.FAILED),
        ([S, states.UNDELIVERABLE], 0, states.SUCCESS),
        ([], 0, states.NO_INSTANCES_IN_TAG),
    ],
)
def test_a_commands_state_follows_from_its_invocations(found, allowed, expected):
    assert of_command(found, allowed) == expected


@pytest.mark.parametrize(
    ("text", "whole", "least", "expected"),
    [
        ("0", 10, 0, 0),
        ("7", 10, 0, 7),
        ("10%", 50, 0, 5),
        ("10%", 5, 0, 0),
        ("1%", 5, 1, 1),
        ("100%", 3, 0, 3),
    ],
)
def test_a_share_is_a_number_or_a_percentage(text, whole, least, expected):
    assert share(text, whole, least) == expected
