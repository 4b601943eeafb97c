"""Each cause is found by its own evidence, and a PASS has none."""

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from orchestrator.diagnose import CATALOGUE, diagnose, of_policies, of_ways
from orchestrator.diagnose.catalogue import rules_of
from orchestrator.judge import judge, total
from orchestrator.model.enums import Outcome
from orchestrator.model.evidence import NoEvidence
from orchestrator.model.fleet import Invocation
from support import samples
from support.cases import ASKED, ENDED, ONLINE, after, case_of


def without_evidence(invocation, reason="missing", **changes):
    verdicts = judge(ASKED, None, samples.INSTANCE)
    case = replace(case_of(), evidence=NoEvidence(reason, "detail"), invocation=invocation)
    return replace(case, outcome=total(verdicts), verdicts=verdicts, **changes)


def error(chain, code=None, status=None):
    return {"chain": ["System.InvalidOperationException", *chain], "code": code, "status": status}


ASSUMING = "Amazon.Runtime.AmazonClientException"
STS = "Amazon.SecurityToken.AmazonSecurityTokenServiceException"
ELSEWHERE = samples.identity("333333333333", "Test-Switch-Role", "s")
MINE = samples.identity("111111111111", "Another-Role", "build")
ABSENT = {"found": False, "name": samples.BUCKET, "created": None}

BY_EVIDENCE = {
    "assume-role-refused": after(samples.ASSUME_REFUSED),
    "bucket-list-refused": {
        "step": {"after.s3_bucket": samples.failed("after.s3_bucket", samples.REFUSED)}
    },
    "bucket-not-listed": {"step": {"after.s3_bucket": samples.ok("after.s3_bucket", ABSENT)}},
    "unexpected-identity": {"step": {"after.identity": samples.ok("after.identity", ELSEWHERE)}},
    "not-the-instance-role": {"step": {"before.identity": samples.ok("before.identity", MINE)}},
    "bucket-seen-before": {
        "step": {"before.s3_bucket": samples.ok("before.s3_bucket", ABSENT | {"found": True})}
    },
    "profile-missing": after({"chain": ["orch.ProfileMissing"]}),
    "profile-invalid": after({"chain": ["orch.ProfileInvalid"]}),
    "no-instance-credentials": after(error([ASSUMING, "Amazon.Runtime.AmazonServiceException"])),
    "endpoint-unreachable": after({"chain": ["orch.Unreachable"]}),
    "clock-skew": after(error([ASSUMING, STS], "SignatureDoesNotMatch", 403)),
    "credentials-expired": after(error([ASSUMING, STS], "ExpiredToken", 403)),
    "host-throttled": after(error([ASSUMING, STS], "Throttling", 400)),
    "module-missing": {"fatal": {"chain": ["orch.ModuleMissing"]}, "steps": []},
    "constrained-language": {"fatal": {"chain": ["orch.ConstrainedLanguage"]}, "steps": []},
    "script-error": {"fatal": {"chain": ["System.IO.IOException"]}, "steps": []},
}


@pytest.mark.parametrize(("name", "changes"), BY_EVIDENCE.items(), ids=BY_EVIDENCE)
def test_the_first_cause_is_the_one_that_the_evidence_shows(name, changes):
    first = diagnose(case_of(**changes))[0]
    assert first.id == name
    assert first.evidence
    assert first.mend


def test_a_pass_has_no_cause():
    assert diagnose(case_of()) == ()


def test_a_refused_switch_gives_both_statements_with_the_real_names():
    mend = diagnose(case_of(**after(samples.ASSUME_REFUSED)))[0].mend
    assert '"Resource": "arn:aws:iam::222222222222:role/Test-Switch-Role"' in mend
    assert '"AWS": "arn:aws:iam::111111111111:role/EC2RoleforSSM"' in mend


def test_the_expected_refusal_before_the_switch_is_no_cause_of_something_else():
    ids = [cause.id for cause in diagnose(case_of(**BY_EVIDENCE["bucket-not-listed"]))]
    assert ids == ["bucket-not-listed"]


def ended(details, code=-1, seconds=2.0):
    return Invocation(samples.INSTANCE, "Failed", details, code, seconds=seconds)


BY_STATUS = {
    "undeliverable": ended("Undeliverable"),
    "delivery-timed-out": ended("Delivery Timed Out", seconds=None),
    "execution-timed-out": ended("ExecutionTimedOut", 137, 900.4),
    "invalid-platform": ended("InvalidPlatform"),
    "ssm-access-denied": ended("Access Denied"),
    "terminated": ended("Terminated"),
    "rate-exceeded": ended("RateExceeded"),
    "cancelled": ended("Cancelled"),
    "script-ended-early": ended("ExecutionTimedOut", 137, 2.0),
}


@pytest.mark.parametrize(("name", "invocation"), BY_STATUS.items(), ids=BY_STATUS)
def test_the_first_cause_is_the_one_that_ssm_names(name, invocation):
    assert diagnose(without_evidence(invocation))[0].id == name


UNUSABLE = ("truncated", "malformed", "foreign", "ambiguous")


@pytest.mark.parametrize("reason", UNUSABLE)
def test_an_envelope_that_cannot_be_used_says_why(reason):
    assert diagnose(without_evidence(ENDED, reason))[0].id == f"evidence-{reason}"


def test_an_unmanaged_instance():
    assert diagnose(without_evidence(None, managed=None, sent=False))[0].id == "not-managed"


def test_an_instance_that_nobody_could_ask_about_is_not_called_unmanaged():
    causes = diagnose(without_evidence(ended("Undeliverable"), managed=None, asked=False))
    assert [cause.id for cause in causes] == ["undeliverable"]


def test_a_lost_connection_says_since_when():
    last = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)
    lost = replace(ONLINE, ping_status="ConnectionLost", last_ping=last)
    cause = diagnose(without_evidence(None, managed=lost, sent=False))[0]
    assert (cause.id, "2026-01-02 03:04:05" in cause.evidence) == ("agent-offline", True)


def test_another_platform_is_left_out():
    linux = replace(ONLINE, platform="Linux")
    assert diagnose(without_evidence(None, managed=linux, sent=False))[0].id == "wrong-platform"


def test_a_command_that_nobody_could_watch_is_not_called_late():
    denied = without_evidence(None, late=True, unwatched="ListCommandInvocations denied")
    (found, *_) = diagnose(denied)
    assert (found.id, found.evidence) == ("not-watched", "ListCommandInvocations denied")
    assert "not-ended" not in [cause.id for cause in diagnose(denied)]


def test_a_command_without_an_end_is_called_so():
    running = Invocation(samples.INSTANCE, "InProgress", "InProgress")
    assert diagnose(without_evidence(running, late=True))[0].id == "not-ended"


def test_two_judges_who_disagree_are_a_cause():
    causes = diagnose(replace(case_of(), outcome=Outcome.UNKNOWN, agreed=False))
    assert [cause.id for cause in causes] == ["judges-differ"]


def test_what_nobody_can_explain_is_only_possible():
    (cause,) = diagnose(case_of(**after({"chain": ["System.OutOfMemoryException"]})))
    assert (cause.id, cause.certain) == ("unexplained", False)


def test_every_cause_of_the_catalogue_has_a_row_here():
    unusable = {f"evidence-{reason}" for reason in UNUSABLE}
    others = {
        "not-managed",
        "agent-offline",
        "wrong-platform",
        "not-ended",
        "not-watched",
        "unexplained",
    }
    # tests/diagnose/test_of_policies.py and test_of_ways.py
    elsewhere = {rule.name for module in (of_policies, of_ways) for rule in rules_of(module)}
    shown = {*elsewhere, *BY_EVIDENCE, *BY_STATUS, *unusable, *others, "judges-differ"}
    assert {rule.name for rule in CATALOGUE} == shown
