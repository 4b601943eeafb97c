import pytest
from hypothesis import given
from hypothesis import strategies as st

from orchestrator.judge import agree, judge, total
from orchestrator.model.enums import Outcome
from orchestrator.model.report import Verdict
from orchestrator.observe import read
from support import samples

PASS, FAIL, UNKNOWN = Outcome.PASS, Outcome.FAIL, Outcome.UNKNOWN
ASKED = samples.procedure()


def evidence(**changes):
    return read(samples.envelope(ASKED, **changes), ASKED, samples.RUN_ID)


def outcomes(**changes):
    verdicts = judge(ASKED, evidence(**changes), samples.INSTANCE)
    return {v.expectation: v.outcome for v in verdicts}


def after_identity(entry):
    return outcomes(step={"after.identity": entry})


def test_a_healthy_host_passes_every_expectation():
    assert set(outcomes().values()) == {PASS}


def test_without_evidence_everything_is_unknown():
    assert {v.outcome for v in judge(ASKED, None, samples.INSTANCE)} == {UNKNOWN}


def test_another_instance_id_in_the_session_fails():
    verdicts = judge(ASKED, evidence(), "i-00000000000000000")
    assert verdicts[0].outcome is FAIL


ERRORS = {
    "call refused": (samples.REFUSED, FAIL),
    "switch refused": (samples.ASSUME_REFUSED, FAIL),
    "no profile": ({"chain": ["orch.ProfileMissing"]}, FAIL),
    "invalid profile": ({"chain": ["orch.ProfileInvalid"]}, FAIL),
    "network": ({"chain": ["orch.Unreachable"]}, UNKNOWN),
    "throttled": (samples.REFUSED | {"code": "Throttling"}, UNKNOWN),
    "clock": (samples.REFUSED | {"code": "SignatureDoesNotMatch"}, UNKNOWN),
    "something else": ({"chain": ["System.Exception"]}, UNKNOWN),
}


@pytest.mark.parametrize(("error", "outcome"), ERRORS.values(), ids=ERRORS)
def test_only_a_refusal_fails_an_equality(error, outcome):
    seen = after_identity(samples.failed("after.identity", error))
    assert seen["after.identity.account.equals"] is outcome
    assert seen["after.identity.arn.changed"] is outcome


@pytest.mark.parametrize(
    ("error", "outcome"),
    [
        (samples.REFUSED, PASS),
        (samples.REFUSED | {"code": "NoSuchBucket", "status": 404}, PASS),
        (samples.ASSUME_REFUSED, UNKNOWN),
        ({"chain": ["orch.ProfileMissing"]}, UNKNOWN),
        ({"chain": ["orch.Unreachable"]}, UNKNOWN),
    ],
)
def test_absence_is_proved_by_a_refusal_of_the_call_alone(error, outcome):
    seen = outcomes(step={"before.s3_bucket": samples.failed("before.s3_bucket", error)})
    assert seen["before.s3_bucket.found.absent"] is outcome


@pytest.mark.parametrize(("found", "outcome"), [(True, FAIL), (False, PASS), (None, PASS)])
def test_absence_of_what_was_looked_for(found, outcome):
    value = {"found": found, "name": "b", "created": None}
    seen = outcomes(step={"before.s3_bucket": samples.ok("before.s3_bucket", value)})
    assert seen["before.s3_bucket.found.absent"] is outcome


def test_a_field_that_is_not_there_is_unknown():
    seen = after_identity(samples.ok("after.identity", {"account": "222222222222"}))
    assert seen["after.identity.role.equals"] is UNKNOWN
    assert seen["after.identity.account.equals"] is PASS


def test_an_unchanged_value_fails_and_one_without_a_before_is_unknown():
    same = samples.identity("111111111111", "EC2RoleforSSM", samples.INSTANCE)
    assert after_identity(samples.ok("after.identity", same))["after.identity.arn.changed"] is FAIL
    refused = samples.failed("before.identity", samples.REFUSED)
    seen = outcomes(step={"before.identity": refused})
    assert seen["after.identity.arn.changed"] is UNKNOWN


@given(st.text(max_size=3).filter(bool))
def test_equality_is_ordinal(extra):
    role = "Test-Switch-Role" + extra
    value = samples.identity("222222222222", role, "s")
    assert after_identity(samples.ok("after.identity", value))["after.identity.role.equals"] is FAIL


def test_text_never_equals_a_truth_value():
    value = {"found": "True", "name": "b", "created": None}
    seen = outcomes(step={"after.s3_bucket": samples.ok("after.s3_bucket", value)})
    assert seen["after.s3_bucket.found.equals"] is FAIL


@pytest.mark.parametrize(
    ("parts", "whole"),
    [([], UNKNOWN), ([PASS], PASS), ([PASS, UNKNOWN], UNKNOWN), ([UNKNOWN, FAIL, PASS], FAIL)],
)
def test_the_sum_of_verdicts(parts, whole):
    assert total(Verdict("x", outcome, "", "") for outcome in parts) is whole


def test_two_judges_agree_on_a_healthy_host():
    seen = evidence()
    assert agree(judge(ASKED, seen, samples.INSTANCE), seen)


@pytest.mark.parametrize(
    "changes",
    [
        {"verdict": "FAIL"},
        {"own": {}},
        {"own": {e.id: "FAIL" for e in ASKED.expectations}},
        {"step": {"after.identity": samples.failed("after.identity", samples.REFUSED)}},
    ],
    ids=["sum", "silent", "all failed", "forged"],
)
def test_two_judges_who_differ_do_not_agree(changes):
    seen = evidence(**changes)
    assert not agree(judge(ASKED, seen, samples.INSTANCE), seen)


def test_a_script_that_ended_early_cannot_have_passed():
    seen = evidence(fatal={"chain": ["System.Exception"]}, verdict="UNKNOWN")
    assert agree(judge(ASKED, seen, samples.INSTANCE), seen)
