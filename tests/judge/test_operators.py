"""Every operator on every kind of answer, by our judge and by the host's Python one."""

from dataclasses import replace

import pytest

from orchestrator.envelope.meanings import ASSUMING, error_lists
from orchestrator.judge import judge
from orchestrator.model.enums import Operator, Outcome
from orchestrator.model.procedure import ANSWER, Expectation
from orchestrator.observe import read
from orchestrator.render.environment import environment
from support import samples

PASS, FAIL, UNKNOWN = Outcome.PASS, Outcome.FAIL, Outcome.UNKNOWN
ARN = samples.AFTER_ARN
VALUES = {
    "equals the same": ("after.identity", "account", "equals", "222222222222", PASS),
    "equals another": ("after.identity", "account", "equals", "222222222221", FAIL),
    "equals in another case": ("after.identity", "role", "equals", "test-switch-role", FAIL),
    "matches": ("after.identity", "arn", "matches", "*:assumed-role/Test-Switch-Role/*", PASS),
    "matches but for the end": ("after.identity", "arn", "matches", "*:assumed-role", FAIL),
    "matches a truth value": ("after.s3_bucket", "found", "matches", "*", FAIL),
    "contains": ("after.identity", "arn", "contains", "Test-Switch-Role", PASS),
    "contains in another case": ("after.identity", "arn", "contains", "test-switch", FAIL),
    "absent, and there": ("after.s3_bucket", "found", "absent", None, FAIL),
    "absent, and refused": ("before.s3_bucket", "found", "absent", None, PASS),
    "changed": ("after.identity", "arn", "changed", None, PASS),
    "unchanged, and changed": ("after.identity", "arn", "unchanged", None, FAIL),
    "changed from what was refused": ("after.s3_bucket", "found", "changed", None, UNKNOWN),
    "unchanged from what was refused": ("after.s3_bucket", "found", "unchanged", None, UNKNOWN),
    "denied, and refused": ("before.s3_bucket", ANSWER, "denied", None, PASS),
    "denied, and answered": ("after.s3_bucket", ANSWER, "denied", None, FAIL),
    "identity denied, and answered": ("after.identity", ANSWER, "denied", None, FAIL),
    "a field that is not there": ("after.identity", "colour", "equals", "red", UNKNOWN),
}
NOT_FOUND = samples.REFUSED | {"code": "NoSuchBucket", "status": 404}
THROTTLED = samples.REFUSED | {"code": "Throttling"}
ERRORS = {
    "refused in the call": ("after.s3_bucket", samples.REFUSED, PASS),
    "refused in the switch": ("after.s3_bucket", samples.ASSUME_REFUSED, UNKNOWN),
    "the switch itself refused": ("after.identity", samples.ASSUME_REFUSED, PASS),
    "not found": ("after.s3_bucket", NOT_FOUND, FAIL),
    "no profile": ("after.s3_bucket", {"chain": ["orch.ProfileMissing"]}, UNKNOWN),
    "no network": ("after.s3_bucket", {"chain": ["orch.Unreachable"]}, UNKNOWN),
    "throttled": ("after.s3_bucket", THROTTLED, UNKNOWN),
}


def asked(step, field, operator, value=None):
    item = Expectation("it", step, field, Operator(operator), value)
    return replace(samples.procedure(), expectations=(item,))


def ours(procedure, **changes):
    changes.setdefault("own", {"it": "PASS"})
    evidence = read(samples.envelope(procedure, **changes), procedure, samples.RUN_ID)
    (verdict,) = judge(procedure, evidence, samples.INSTANCE)
    return verdict.outcome


def on_the_host(procedure, **changes):
    """The judgement of the rendered Python, with its steps filled in."""
    space = {"re": __import__("re"), "FACTS": {}, "STEPS": {}}
    tables = {"errors": error_lists(), "assuming": ASSUMING}
    for template in ("python/failure.py.j2", "python/judge.py.j2"):
        source = environment().get_template(template).render(tables)
        exec(compile(source, template, "exec"), space)
    for entry in samples.data(procedure, **changes)["steps"]:
        error = {"code": None, "operation": None, "chain": []} | entry.get("error", {})
        space["STEPS"][entry["id"]] = entry | {"error": error}
    (item,) = procedure.expectations
    against = "before.identity" if item.step == "after.identity" else "before.s3_bucket"
    more = {"before": against} if item.operator in {"changed", "unchanged"} else {}
    if item.operator == "denied":
        more["denied_in"] = "switch" if item.step == "after.identity" else "call"
    return Outcome(
        space["verdict"](item.step, item.field, item.operator.value, value=item.value, **more)
    )


@pytest.mark.parametrize("judged", [ours, on_the_host])
@pytest.mark.parametrize("row", VALUES.values(), ids=VALUES)
def test_an_operator_on_an_answer(row, judged):
    *what, outcome = row
    assert judged(asked(*what)) is outcome


@pytest.mark.parametrize("judged", [ours, on_the_host])
@pytest.mark.parametrize(("step", "error", "outcome"), ERRORS.values(), ids=ERRORS)
def test_only_a_refusal_of_the_thing_itself_is_denial(step, error, outcome, judged):
    procedure = asked(step, ANSWER, "denied")
    assert judged(procedure, step={step: samples.failed(step, error)}) is outcome
