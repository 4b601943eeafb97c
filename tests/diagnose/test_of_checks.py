"""What modules, listed profiles and scripts of the user's own bring to light."""

from dataclasses import replace

import pytest

from orchestrator.diagnose import diagnose
from orchestrator.judge import agree, judge, total
from orchestrator.model.enums import EXIT_CODES, Mode, Outcome, Phase
from orchestrator.model.procedure import Step
from orchestrator.observe import read
from support import samples
from support.cases import ENDED, case_of

MODULE = {"module": "AWS.Tools.S3", "minimum": "4.1"}
SCRIPT = {"file": "own.py", "timeout": "60s", "content": "print(1)"}
PARAMS = {"module_version": MODULE, "profile_listed": {"name": "p"}, "script": SCRIPT}
FIELD = {"module_version": "new_enough", "profile_listed": "listed", "script": "ok"}


def case(check, entry, *, field="", value=True, **changes):
    """The case of a host that was asked this one check, and answered with the entry."""
    step = Step(f"after.{check}", check, Phase.AFTER, PARAMS[check])
    wanted = samples.expectation(step.id, field or FIELD[check], value=value)
    what = replace(samples.procedure(), steps=(step,), expectations=(wanted,))
    envelope = samples.envelope(what, steps=[{"id": step.id, "ms": 1, **entry}], **changes)
    evidence = read(envelope, what, samples.RUN_ID)
    verdicts = judge(what, evidence, samples.INSTANCE)
    own = {verdict.expectation: verdict.outcome for verdict in verdicts}
    evidence = replace(evidence, own=own, own_verdict=total(verdicts))
    return replace(
        case_of(),
        plan=samples.plan(what),
        outcome=total(verdicts),
        invocation=replace(ENDED, response_code=EXIT_CODES[evidence.own_verdict]),
        evidence=evidence,
        verdicts=verdicts,
        agreed=agree(verdicts, evidence),
    )


def ok(**value):
    return {"state": "ok", "value": value}


def error(kind):
    return {"state": "error", "error": {"chain": [kind], "message": "bm8="}}


def old(version):
    return ok(installed=True, name="AWS.Tools.S3", version=version, new_enough=False)


ABSENT = ok(installed=False, name="AWS.Tools.S3", version=None, new_enough=False)
UNLISTED = ok(listed=False, name="p", stores=None, location=None, shadowed=False)
SHADOWED = ok(listed=True, name="p", stores="a, b", location=None, shadowed=True)

CASES = {
    "module-old": ("module_version", old("4.0.6"), {}, Outcome.FAIL),
    "module-not-installed": ("module_version", ABSENT, {}, Outcome.FAIL),
    "profile-not-listed": ("profile_listed", UNLISTED, {}, Outcome.FAIL),
    "profile-shadowed": (
        "profile_listed",
        SHADOWED,
        {"field": "shadowed", "value": False},
        Outcome.FAIL,
    ),
    "script-failed": ("script", error("orch.ScriptFailed"), {}, Outcome.UNKNOWN),
    "script-not-json": ("script", error("orch.ScriptNotJson"), {}, Outcome.UNKNOWN),
    "script-flooded": ("script", error("orch.ScriptFlooded"), {}, Outcome.UNKNOWN),
    "script-timed-out": ("script", error("orch.ScriptTimedOut"), {}, Outcome.UNKNOWN),
    "script-not-run": ("script", error("orch.ScriptNotRun"), {}, Outcome.UNKNOWN),
}


@pytest.mark.parametrize(("name", "row"), CASES.items(), ids=CASES)
def test_each_is_found_alone_by_its_own_evidence(name, row):
    check, entry, changes, outcome = row
    found = case(check, entry, **changes)
    assert found.outcome is outcome
    (cause,) = diagnose(found)
    assert (cause.id, cause.certain) == (name, True)
    assert cause.evidence
    assert cause.mend


def test_what_is_new_enough_has_no_cause():
    entry = ok(installed=True, name="AWS.Tools.S3", version="4.1.81", new_enough=True)
    assert diagnose(case("module_version", entry)) == ()


def test_a_module_that_nothing_was_expected_of_is_no_cause():
    found = case("module_version", old("4.0.6"), field="name", value="AWS.Tools.Common")
    assert [cause.id for cause in diagnose(found)] == ["module-old"]
    assert diagnose(case("module_version", old("4.0.6"), field="name", value="AWS.Tools.S3")) == ()


def refused_by(module, version, mode=Mode.EPHEMERAL):
    facts = {"module": module, "module_version": version, "config_path": "C:\\c"}
    step = {"after.identity": samples.failed("after.identity", {"chain": ["orch.ProfileInvalid"]})}
    found = case_of(step=step, facts=facts)
    what = replace(found.plan.procedure, mode=mode)
    causes = diagnose(replace(found, plan=replace(found.plan, procedure=what)))
    return [(cause.id, cause.certain) for cause in causes]


def test_a_profile_of_ours_that_an_old_module_refuses_is_the_modules_fault():
    assert refused_by("AWSPowerShell", "3.3.270.0") == [("module-old", True)]
    stood_for = "1.44.5 in place of AWSPowerShell.NetCore 3.3.270.0"
    assert refused_by("botocore", stood_for) == [("module-old", True)]
    assert refused_by("AWSPowerShell", "4.1.81") == [("profile-invalid", True)]
    assert refused_by("boto3", "1.2.3") == [("profile-invalid", True)]


def test_what_else_may_be_wrong_with_a_profile_of_others_is_said_too():
    found = refused_by("AWSPowerShell", "3.3.270.0", Mode.EXISTING)
    assert {cause for cause, _ in found} == {"module-old", "profile-invalid"}
    assert ("module-old", False) in found


@pytest.mark.parametrize("code", [None, 10, 137])
def test_an_exit_code_that_does_not_fit_is_named(code):
    found = replace(case_of(), outcome=Outcome.UNKNOWN)
    found = replace(found, invocation=replace(ENDED, response_code=code))
    assert diagnose(found)[0].id == "exit-code-differs"
