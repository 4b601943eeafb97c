"""Several ways side by side: which one differs, and what the host does not have."""

from dataclasses import replace

import pytest

from orchestrator.diagnose import diagnose
from orchestrator.judge import agree, judge, total
from orchestrator.model.enums import EXIT_CODES, Outcome, Phase, Shell, Way
from orchestrator.observe import read
from orchestrator.plan import OnTheHost, procedure
from orchestrator.runbook import find
from support import samples
from support.cases import ENDED, case_of

VALUES = {"role_arn": samples.ROLE_ARN, "bucket": samples.BUCKET}
NO_CLI = {"chain": ["orch.CliMissing"]}
NO_PYTHON = {"chain": ["orch.PythonMissing"]}
UNREADABLE = {"chain": ["awscli.exit-255", "botocore.exceptions.ConfigParseError"]}


def asked(runbook, shell=Shell.POWERSHELL):
    return procedure(find(runbook), VALUES, "ap-northeast-1", OnTheHost(shell))


def steps_of(what, **errors):
    """An entry for every step; ``errors`` are by way, with _ for -."""
    for step in what.steps:
        error = errors.get(step.way.replace("-", "_"))
        if (step.phase is Phase.AFTER and error) or error in (NO_CLI, NO_PYTHON):
            yield samples.failed(step.id, error, "skipped")
        elif step.phase is Phase.BEFORE and step.check == "s3_bucket":
            yield samples.failed(step.id, samples.REFUSED)
        elif step.check == "s3_bucket":
            found = {"found": True, "name": samples.BUCKET, "created": "2022-09-23T12:18:53Z"}
            yield samples.ok(step.id, found)
        else:
            before = ("111111111111", "EC2RoleforSSM", samples.INSTANCE)
            after = ("222222222222", "Test-Switch-Role", str(step.way))
            yield samples.ok(step.id, samples.identity(*(before, after)[step.phase is Phase.AFTER]))


def case(what, **errors):
    evidence = read(samples.envelope(what, steps=[*steps_of(what, **errors)]), what, samples.RUN_ID)
    verdicts = judge(what, evidence, samples.INSTANCE)
    own = {verdict.expectation: verdict.outcome for verdict in verdicts}
    evidence = replace(evidence, own=own, own_verdict=total(verdicts))
    assert agree(verdicts, evidence)
    return replace(
        case_of(),
        plan=samples.plan(what),
        outcome=total(verdicts),
        invocation=replace(ENDED, response_code=EXIT_CODES[evidence.own_verdict]),
        evidence=evidence,
        verdicts=verdicts,
    )


def test_ways_that_agree_pass_and_have_no_cause():
    found = case(asked("parity"))
    assert (found.outcome, diagnose(found)) == (Outcome.PASS, ())


def test_what_the_host_does_not_have_does_not_count():
    found = case(asked("parity"), cli=NO_CLI, python=NO_PYTHON)
    assert (found.outcome, diagnose(found)) == (Outcome.PASS, ())
    left_out = {item.expectation.split(".")[1] for item in found.verdicts if not item.counts}
    assert left_out == {"cli", "python"}
    assert all(item.outcome is Outcome.UNKNOWN for item in found.verdicts if not item.counts)


def test_a_host_that_has_none_of_them_proves_nothing():
    every = {way.replace("-", "_"): NO_CLI for way in Way}
    assert case(asked("parity"), **every).outcome is Outcome.UNKNOWN


def test_the_one_that_differs_is_named():
    found = case(asked("parity"), cli=UNREADABLE)
    assert found.outcome is Outcome.FAIL
    first = diagnose(found)[0]
    assert first.id == "ways-differ"
    assert "profile, session-default, python, sdk-store: account 222222222222" in first.evidence
    assert "cli: identity the profile is not valid" in first.evidence


@pytest.mark.parametrize(
    ("runbook", "way", "error", "name"),
    [
        ("switch-role-cli", "cli", NO_CLI, "cli-missing"),
        ("switch-role-python", "python", NO_PYTHON, "python-missing"),
    ],
)
def test_the_only_way_that_is_missing_leaves_everything_unknown(runbook, way, error, name):
    found = case(asked(runbook), **{way: error})
    assert found.outcome is Outcome.UNKNOWN
    assert all(item.counts for item in found.verdicts)
    assert diagnose(found)[0].id == name


def test_one_way_alone_differs_from_nothing():
    ids = [cause.id for cause in diagnose(case(asked("switch-role-cli"), cli=UNREADABLE))]
    assert ids
    assert "ways-differ" not in ids
