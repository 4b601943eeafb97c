"""Our evaluator beside an independent one, which runs as a process of node."""

import collections
import json
from pathlib import Path

import iam_comparison
import iam_pairs
import iam_simulator
import pytest

from orchestrator.iam.operators import OPERATORS

PAIRS = 2_000
SEED = 20_240_610
DISPUTED = Path(__file__).parents[1] / "iam" / "disputed-cases.json"

absent = iam_simulator.missing()
needs_simulator = pytest.mark.skipif(
    bool(absent), reason=f"not compared with iam-simulate: {absent}"
)


@needs_simulator
def test_both_evaluators_agree_on_random_pairs():
    found = iam_comparison.compare(SEED, PAIRS)
    assert found.disagreements == []
    assert found.explained < PAIRS / 50
    assert len(found.counts) == 3
    assert min(found.counts.values()) > PAIRS / 20


@needs_simulator
def test_the_limits_of_the_simulator_are_still_there():
    """One that is gone need not be kept out of the pairs any longer."""
    cases = json.loads(DISPUTED.read_text())["cases"]
    answers = iam_simulator.untranslated([iam_pairs.NOTHING | case["pair"] for case in cases])
    assert answers == [case["simulator"] for case in cases]


def test_the_pairs_are_the_same_for_the_same_seed():
    first, again, other = (list(iam_pairs.pairs(seed, 20)) for seed in (1, 1, 2))
    assert first == again
    assert first != other


def test_the_pairs_leave_nothing_out():
    pairs = list(iam_pairs.pairs(SEED, PAIRS))
    statements = [one for pair in pairs for one in iam_pairs.statements(pair)]
    used = collections.Counter(
        operator.removesuffix("IfExists").rpartition(":")[2]
        for one in statements
        for operator in one.get("Condition", {})
    )
    assert set(used) == {*OPERATORS, "Null"}
    text = json.dumps(statements)
    for form in ("ForAnyValue:", "ForAllValues:", "IfExists", "${aws:", "${*}", ", 'red'}"):
        assert form in text
    elements = {element for one in statements for element in one}
    assert elements >= {"NotAction", "NotResource", "Principal", "NotPrincipal"}
    assert {pair["trust"] for pair in pairs} == {True, False}
    for place in ("identity", "resource_policy", "boundary", "session", "service_control"):
        assert 0.05 < sum(bool(pair[place]) for pair in pairs) / PAIRS < 0.95
    across = sum(pair["caller"]["account"] != pair["resource_account"] for pair in pairs)
    assert 0.2 < across / PAIRS < 0.5
