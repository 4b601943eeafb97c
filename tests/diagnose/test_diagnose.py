"""Each cause is found by its own evidence, and a PASS has none."""

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from orchestrator.diagnose import (
    CATALOGUE,
    diagnose,
    of_checks,
    of_exit,
    of_policies,
    of_profile_file,
    of_ways,
)
from orchestrator.diagnose.catalogue import rules_of
from orchestrator.judge import judge, total
from orchestrator.model.enums import Outcome
from orchestrator.model.evidence import NoEvidence
from orchestrator.model.fleet import Invocation
from orchestrator.model.procedure import Endpoint
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
    "metadata-unreachable": {
        **after(error([ASSUMING, "Amazon.Runtime.AmazonServiceException"])),
        "probes": {"imds": "failed: SocketException", "sts": "ok"},
    },
    "endpoint-unreachable": after({"chain": ["orch.Unreachable"]}),
    "no-region": after({"chain": ["botocore.exceptions.NoRegionError"]}),
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


@pytest.mark.parametrize("code", ["SignatureDoesNotMatch", "RequestTimeTooSkewed"])
def test_each_service_has_its_own_word_for_a_wrong_clock(code):
    assert diagnose(case_of(**after(error([ASSUMING], code, 403))))[0].id == "clock-skew"


def test_an_endpoint_out_of_reach_is_named_as_it_can_be_tried():
    probes = {"probes": {"imds": "ok", "sts": "failed: TimeoutException", "s3": "ok"}}
    url = Endpoint("sts", "https://sts.ap-northeast-1.amazonaws.com", ())
    plan = samples.plan(replace(ASKED, endpoints=(*ASKED.endpoints, url)))
    case = replace(case_of(**after({"chain": ["orch.Unreachable"]}), **probes), plan=plan)
    (found,) = diagnose(case)
    assert found.evidence == "sts: failed: TimeoutException"
    assert "Test-NetConnection sts.ap-northeast-1.amazonaws.com -Port 443" in found.mend


def test_metadata_that_answer_and_refuse_are_not_called_out_of_reach():
    (found,) = diagnose(case_of(**BY_EVIDENCE["no-instance-credentials"]))
    assert found.id == "no-instance-credentials"


@pytest.mark.parametrize(("name", "invocation"), BY_STATUS.items(), ids=BY_STATUS)
def test_the_first_cause_is_the_one_that_ssm_names(name, invocation):
    assert diagnose(without_evidence(invocation))[0].id == name


@pytest.mark.parametrize(("seconds", "said"), [(0.012, "12 ms"), (0.4, "0.4 s"), (75.0, "75 s")])
def test_a_status_says_after_how_long_and_never_after_nothing(seconds, said):
    cause = diagnose(without_evidence(ended("Cancelled", seconds=seconds)))[0]
    assert cause.evidence == f"StatusDetails is Cancelled after {said}"


OLD = replace(ONLINE, agent_version="3.1.337.0")
NO_REPLY = {"invocation": ended("DeliveryTimedOut", seconds=None)}
UNHEARD = {
    "delivery timed out": (NO_REPLY, True),
    "undeliverable": ({"invocation": ended("Undeliverable")}, True),
    "no end": ({"invocation": Invocation(samples.INSTANCE, "InProgress", ""), "late": True}, True),
    "offline": (
        {
            "invocation": None,
            "sent": False,
            "managed": replace(OLD, ping_status="ConnectionLost"),
        },
        True,
    ),
    "the script was begun": ({"invocation": ended("ExecutionTimedOut", 137, 900.4)}, False),
    "the version is new enough": (
        {**NO_REPLY, "managed": replace(OLD, agent_version="3.1.338.0")},
        False,
    ),
    "the version is no version": (
        {**NO_REPLY, "managed": replace(OLD, agent_version="unknown")},
        False,
    ),
}


@pytest.mark.parametrize(("changes", "said"), UNHEARD.values(), ids=UNHEARD)
def test_an_old_agent_is_a_possible_cause_where_nothing_was_heard_of_it(changes, said):
    causes = diagnose(without_evidence(**{"managed": OLD, **changes}))
    old = [cause for cause in causes if cause.id == "agent-too-old"]
    assert bool(old) is said
    if said:
        assert not old[0].certain
        assert samples.INSTANCE in old[0].mend
        assert len(causes) > 1  # what SSM says is not hidden by it


def test_an_old_agent_stands_before_what_it_may_explain():
    found = [cause.id for cause in diagnose(without_evidence(**NO_REPLY, managed=OLD))]
    assert found == ["agent-too-old", "delivery-timed-out"]


UNSENT = {
    "not-managed": "not-managed",
    "ssm-access-denied": "ssm-access-denied",
    "api-throttled": "api-throttled",
    "perhaps-sent": "perhaps-sent",
    "held-back": "held-back",
    "": "not-sent",
    "of-tomorrow": "not-sent",
}


@pytest.mark.parametrize(("cause", "name"), UNSENT.items())
def test_a_host_that_was_not_sent_to_says_what_kept_it_back(cause, name):
    case = without_evidence(None, sent=False, unsent="AWS said no", unsent_cause=cause)
    (found,) = diagnose(case)
    assert (found.id, found.evidence) == (name, "AWS said no")


def test_what_kept_a_script_from_starting_stands_at_the_end_of_the_output():
    output = f"{'noise ' * 100}\n_script.ps1 is not\r\n digitally signed.\n"
    failed = replace(ended("Failed", 1, 0.4), output=output)
    (found,) = diagnose(without_evidence(failed))
    assert found.id == "script-ended-early"
    assert found.evidence.endswith("noise _script.ps1 is not digitally signed.")
    assert len(found.evidence) < 300


def test_a_killed_script_is_told_from_a_cut_output():
    killed = without_evidence(ended("ExecutionTimedOut", 137, 2.0), "truncated")
    assert [cause.id for cause in diagnose(killed)] == ["script-ended-early"]


def test_the_output_of_a_script_that_ran_too_long_may_be_cut_too():
    too_long = without_evidence(ended("ExecutionTimedOut", 137, 900.4), "truncated")
    assert [cause.id for cause in diagnose(too_long)] == ["execution-timed-out"]


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
    (found,) = diagnose(without_evidence(None, managed=linux, sent=False))
    assert (found.id, "--platform-type Linux" in found.mend) == ("wrong-platform", True)


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


def test_what_aws_has_dropped_is_told_and_nothing_is_guessed_beside_it():
    causes = diagnose(without_evidence(None, dropped="its command is not shown any more"))
    assert [cause.id for cause in causes] == ["evidence-dropped"]
    assert causes[0].evidence == "its command is not shown any more"


def test_a_schedules_run_that_goes_on_is_not_called_late():
    running = Invocation(samples.INSTANCE, "InProgress", "InProgress")
    causes = diagnose(without_evidence(running, pending="its status is InProgress"))
    assert [cause.id for cause in causes] == ["still-pending"]


def test_a_pending_host_whose_agent_is_lost_says_that_instead():
    lost = replace(ONLINE, ping_status="ConnectionLost")
    causes = diagnose(without_evidence(None, managed=lost, pending="State Manager says Pending"))
    assert [cause.id for cause in causes] == ["agent-offline"]


def test_a_step_that_another_platform_skipped_is_no_script_that_was_killed():
    linux = replace(ONLINE, platform="Linux")
    (found,) = diagnose(without_evidence(ENDED, "missing", managed=linux))
    assert found.id == "wrong-platform"


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
        "agent-too-old",
        "agent-not-allowed",  # tests/diagnose/test_checkup
        "evidence-dropped",
        "still-pending",
    }
    # These have tests of their own beside this one.
    modules = (of_policies, of_profile_file, of_ways, of_checks, of_exit)
    elsewhere = {rule.name for module in modules for rule in rules_of(module)}
    shown = {*elsewhere, *BY_EVIDENCE, *BY_STATUS, *unusable, *others, "judges-differ"}
    shown |= set(UNSENT.values())
    assert {rule.name for rule in CATALOGUE} == shown
