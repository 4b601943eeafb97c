"""Every strategy really races, on a few quick hosts, by the same ruler."""

from __future__ import annotations

from collections import Counter

import pytest

from rivals import race
from rivals.cases import NAMES, ORCH, Case

pytestmark = pytest.mark.e2e

HOSTS = 3


@pytest.fixture(scope="module")
def found():
    """The figures of all, under way together."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(race, "HOST_SECONDS", 1)
        with race.begun([Case(name, HOSTS) for name in NAMES]) as running:
            return {each.case.strategy: each.figures() for each in running}


@pytest.mark.parametrize("name", NAMES)
def test_every_host_has_a_right_verdict_that_comes_after_its_end(found, name):
    case = found[name]
    assert case["wrong"] == 0
    assert 0 <= case["lag_median"] <= case["lag_most"] < case["wall"]
    assert case["first_script"] < case["wall"]
    assert case["after_last_host"] > 0
    assert 5 < case["memory"] < 500
    assert 0 < case["cpu"] < 120


@pytest.mark.parametrize("name", NAMES)
def test_calls_are_those_that_the_strategy_is_known_by(found, name):
    calls = Counter(found[name]["calls_by_operation"])
    assert found[name]["calls"] == calls.total()
    assert calls.pop("SendCommand") == (1 if name == ORCH else 2)
    if name == ORCH:
        assert set(calls) == {"DescribeInstanceInformation", "ListCommandInvocations"}
    else:
        assert calls.pop("GetCommandInvocation") >= 2 * HOSTS
        assert set(calls) == ({"ListCommands"} if name == "list_then_get" else set())


def test_a_strategy_that_breaks_is_no_strategy_with_wrong_verdicts(tmp_path):
    running = race.Running(Case("no_such_strategy", 1), tmp_path / "it")
    try:
        running.go()
        with pytest.raises(RuntimeError, match="no_such_strategy"):
            running.figures()
    finally:
        running.close()
