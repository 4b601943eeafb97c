"""Causes in the switch: the profile, the policies of both accounts, and what was seen after it."""

from __future__ import annotations

from orchestrator.diagnose.case import Case, Rule, told
from orchestrator.diagnose.statements import assume_statement, list_statement, trust_statement
from orchestrator.model.enums import FailureKind, Operator, Outcome, Phase, Stage, StepState
from orchestrator.model.evidence import Observation
from orchestrator.model.report import Cause


def profile_missing(case: Case) -> Cause | None:
    """The reader finds no profile of that name."""
    if case.failure(FailureKind.PROFILE_MISSING) is None or case.found is None:
        return None
    name = case.plan.procedure.profile.name
    where = case.found.facts.get("config_path")
    return Cause(
        "profile-missing",
        f"the host's AWS tools find no profile {name}",
        f"they read {where}",
        "compare that file with `orch render`: the header must be [profile NAME], in lower case",
    )


def profile_invalid(case: Case) -> Cause | None:
    """The profile is there, and the reader does not take it."""
    step = case.failure(FailureKind.PROFILE_INVALID)
    if step is None:
        return None
    return Cause(
        "profile-invalid",
        f"the host's AWS tools do not accept the profile {case.plan.procedure.profile.name}",
        told(step),
        "the cmdlets accept role_arn with credential_source, and role_session_name, and nothing "
        "beside them: no external_id, no mfa_serial, no source_profile, no keys of that name",
    )


def assume_refused(case: Case) -> Cause | None:
    """STS refused AssumeRole. It says the same for each of the reasons."""
    step = _refused(case, Stage.SWITCH)
    if step is None:
        return None
    profile, caller = case.plan.procedure.profile, _caller(case)
    return Cause(
        "assume-role-refused",
        "STS refused to let the instance's role assume the target role",
        told(step),
        f"one of these is missing (STS does not say which, nor whether {profile.role_arn} exists)."
        f"\n1. In the instance's account, on its role:\n{assume_statement(profile.role_arn)}"
        f"\n2. In the target account, in the role's trust policy:\n{trust_statement(caller)}",
    )


def another_identity(case: Case) -> Cause | None:
    """The host switched, to somebody else than was expected."""
    step = _step_with_failed(case, "identity", Phase.AFTER)
    if step is None or step.state is not StepState.OK:
        return None
    wrong = _failed_words(case, step, Operator.EQUALS)
    if not wrong:
        return None
    return Cause(
        "unexpected-identity",
        "the host switched to another account or role than was expected",
        f"{step.value.get('arn')}; {wrong}",
        f"either the profile's role_arn ({case.plan.procedure.profile.role_arn}) or the "
        "expectation (--set expected_account=..., expected_role=...) is wrong",
    )


def bucket_list_refused(case: Case) -> Cause | None:
    """The role was assumed, and may not list buckets."""
    step = _refused(case, Stage.CALL)
    if step is None or step.phase is not Phase.AFTER or step.check != "s3_bucket":
        return None
    return Cause(
        "bucket-list-refused",
        "the switch worked, and the role may not list buckets",
        told(step),
        f"on {case.plan.procedure.profile.role_arn} in the target account:\n{list_statement()}",
    )


def bucket_absent(case: Case) -> Cause | None:
    """The role sees a list of buckets, and the bucket is not in it."""
    step = _step_with_failed(case, "s3_bucket", Phase.AFTER)
    if step is None or step.state is not StepState.OK or step.value.get("found"):
        return None
    return Cause(
        "bucket-not-listed",
        "the switched role sees its account's buckets, and this one is not among them",
        f"{step.value.get('name')} is not in the list (names are compared case-sensitively)",
        "check --bucket, and that the bucket is in the target role's account: `aws s3api "
        "list-buckets` there",
    )


def before_is_another(case: Case) -> Cause | None:
    """Before the switch the host was not its own instance role."""
    step = _step_with_failed(case, "identity", Phase.BEFORE)
    if step is None or step.state is not StepState.OK:
        return None
    return Cause(
        "not-the-instance-role",
        "before the switch the host did not act as its own instance role",
        f"it was {step.value.get('arn')}",
        "look for credentials that come before the instance metadata: a [default] profile",
    )


def bucket_visible_before(case: Case) -> Cause | None:
    """The bucket was seen without the switch, so seeing it after proves nothing."""
    step = _step_with_failed(case, "s3_bucket", Phase.BEFORE)
    if step is None or not step.value.get("found"):
        return None
    return Cause(
        "bucket-seen-before",
        "the bucket is visible before the switch, so seeing it afterwards proves nothing",
        f"{step.value.get('name')} is in the list of the instance's own account",
        "choose a bucket of the target account",
    )


def judges_differ(case: Case) -> Cause | None:
    """The script on the host and `orch` came to different verdicts."""
    found = case.found
    if found is None or case.agreed:
        return None
    other = [
        f"{v.expectation}: here {v.outcome}, on the host {found.own.get(v.expectation, 'none')}"
        for v in case.verdicts
        if found.own.get(v.expectation) is not v.outcome
    ]
    return Cause(
        "judges-differ",
        "the host's judgement is not the one that its evidence gives",
        "; ".join(other) or f"on the host {found.own_verdict}",
        "do not trust this host's output before you know who wrote it; run again",
    )


def _refused(case: Case, stage: Stage) -> Observation | None:
    for step in case.failures(FailureKind.ACCESS_DENIED):
        if step.failure is not None and step.failure.stage is stage and _matters(case, step):
            return step
    return None


def _matters(case: Case, step: Observation) -> bool:
    """Whether an expectation on this step did not pass."""
    expectations = {e.id for e in case.plan.procedure.expectations if e.step == step.step}
    return any(
        v.expectation in expectations and v.outcome is not Outcome.PASS for v in case.verdicts
    )


def _step_with_failed(case: Case, check: str, phase: Phase) -> Observation | None:
    for step in case.found.observations if case.found else ():
        if (step.check, step.phase) == (check, phase) and _matters(case, step):
            return step
    return None


def _failed_words(case: Case, step: Observation, operator: Operator) -> str:
    ids = {
        e.id
        for e in case.plan.procedure.expectations
        if e.step == step.step and e.operator is operator
    }
    failed = (v for v in case.verdicts if v.expectation in ids and v.outcome is Outcome.FAIL)
    return "; ".join(f"expected {v.expected}" for v in failed)


def _caller(case: Case) -> str:
    """The instance's role, as a trust policy names it. A session's ARN has no path in it."""
    for step in case.found.observations if case.found else ():
        arn = str(step.value.get("arn", ""))
        if step.phase is Phase.BEFORE and ":assumed-role/" in arn:
            partition, account = arn.split(":")[1], arn.split(":")[4]
            return f"arn:{partition}:iam::{account}:role/{step.value.get('role')}"
    return "THE-INSTANCE-ROLE-ARN"


CAUSES: tuple[Rule, ...] = (
    profile_missing,
    profile_invalid,
    assume_refused,
    another_identity,
    bucket_list_refused,
    bucket_absent,
    before_is_another,
    bucket_visible_before,
    judges_differ,
)
