"""Cases in which an independent evaluator once differed: who was right, and ours as it is now."""

import json
from pathlib import Path

import pytest

from orchestrator.iam import PolicyError
from support.policies import decided

NONE = {
    "trust": False,
    "identity": [],
    "resource_policy": None,
    "boundary": None,
    "session": None,
    "service_control": [],
}
CASES = json.loads(Path(__file__).with_name("disputed-cases.json").read_text())["cases"]


@pytest.mark.parametrize("case", CASES, ids=lambda case: case["case"])
def test_a_disputed_case_is_decided_as_its_source_says(case):
    pair = NONE | case["pair"]
    if case["ours"] == "refused":
        with pytest.raises(PolicyError):
            decided(pair)
    else:
        assert decided(pair).verdict == case["ours"]


@pytest.mark.parametrize("case", CASES, ids=lambda case: case["case"])
def test_who_was_right_and_by_which_source_is_put_down(case):
    assert case["right"] in ("ours", "simulator", "open")
    assert case["source"]
    if case["right"] == "simulator":
        assert case["ours"] in (case["simulator"], "refused")
    if case["right"] == "open":
        assert case["ours"] in ("explicitly denied", "implicitly denied", "refused")
