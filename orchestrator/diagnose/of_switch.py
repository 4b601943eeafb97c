"""Causes in the switch: the profile, the policies of both accounts, and what was seen after it."""

from __future__ import annotations

from orchestrator.diagnose.case import Case, told
from orchestrator.diagnose.catalogue import Found, cause
from orchestrator.diagnose.questions import assuming, unread
from orchestrator.diagnose.refused import session_role
from orchestrator.diagnose.statements import (
    AS_THE_HOST_SAYS,
    assume_statement,
    list_statement,
    trust_statement,
)
from orchestrator.model.enums import FailureKind, Operator, Outcome, Phase, Stage, StepState
from orchestrator.model.evidence import Observation


@cause(
    "profile-missing",
    "the host's AWS tools do not find the profile",
    means="The tools on the host read the file that the run wrote for them, and find no profile of "
    "that name in it: another variable or setting leads them elsewhere, or the name is spelt in "
    "another letter case.",
    mend="compare the file with `orch render`: the header must be [profile NAME], in lower case",
    narrower=("profile-key-twice", "profile-of-another-user"),
)
def profile_missing(case: Case) -> Found | None:
    """The reader finds no profile of that name."""
    if case.failure(FailureKind.PROFILE_MISSING) is None or case.found is None:
        return None
    name = case.plan.procedure.profile.name
    return Found(f"they look for {name} in {case.found.facts.get('config_path')}")


@cause(
    "profile-invalid",
    "the host's AWS tools do not accept the profile",
    means="The profile is found, and the reader refuses what stands in it.",
    mend="the cmdlets accept role_arn with credential_source, and role_session_name, and nothing "
    "beside them: no external_id, no mfa_serial, no source_profile, no keys of that name",
    narrower=(
        *("profile-file-bom", "profile-file-utf16", "profile-key-twice", "module-old"),
        *("leftover-credentials", "profile-key-not-accepted"),
    ),
)
def profile_invalid(case: Case) -> Found | None:
    """The profile is there, and the reader does not take it."""
    step = case.failure(FailureKind.PROFILE_INVALID)
    if step is None:
        return None
    return Found(f"{case.plan.procedure.profile.name}: {told(step)}")


@cause(
    "assume-role-refused",
    "STS refused to let the instance's role assume the target role",
    means="Two policies must allow a switch between accounts: the instance role's own, and the "
    "trust policy of the target role. STS answers the same whichever of them does not, and also "
    "where the role does not exist.",
    mend="allow sts:AssumeRole on the target role in the instance role's policy, and name the "
    "instance's role in the target role's trust policy; with --target-profile and the permission "
    "to read IAM, `orch` says which it is",
    narrower=(
        *("role-not-found", "role-arn-differs", "assume-denied", "assume-not-allowed"),
        *("assume-outside-boundary", "trust-names-others", "trust-condition"),
    ),
)
def assume_refused(case: Case) -> Found | None:
    """STS refused AssumeRole. It says the same for each of the reasons."""
    step = case.refusal(Stage.SWITCH)
    if step is None:
        return None
    ruling = assuming(case)
    own = ruling is not None and ruling.allows_itself
    allowed = "the instance role's own policies allow it, as they are now" if own else ""
    evidence = "; ".join(filter(None, (told(step), allowed, *unread(case))))
    return Found(evidence, _assume_mend(case, own_side_allows=own))


def _assume_mend(case: Case, *, own_side_allows: bool) -> str:
    """The statements of both sides, or of the other one where this one is known to allow it."""
    target = case.plan.procedure.profile.role_arn
    role = case.access.target if case.access else None
    is_there = role is not None and role.exists is True
    caller, as_said = _caller(case)
    trust = (
        f"In the target account, in the role's trust policy{as_said}:\n{trust_statement(caller)}"
    )
    if own_side_allows:
        absent = "" if is_there else f", or {target} does not exist"
        return f"the target account refuses it{absent}. {trust}"
    absent = "" if is_there else f", nor whether {target} exists"
    return (
        f"one of these is missing (STS does not say which{absent})."
        f"\n1. In the instance's account, on its role:\n{assume_statement(target)}\n2. {trust}"
    )


@cause(
    "unexpected-identity",
    "the host switched to another account or role than was expected",
    means="The switch worked, and led elsewhere than the runbook expects.",
    mend="either the profile's role_arn or the expectation (--set expected_account=..., "
    "expected_role=...) is wrong",
)
def another_identity(case: Case) -> Found | None:
    """The host switched, to somebody else than was expected."""
    step = _step_with_failed(case, "identity", Phase.AFTER)
    if step is None or step.state is not StepState.OK:
        return None
    wrong = _failed_words(case, step, Operator.EQUALS)
    if not wrong:
        return None
    return Found(
        f"{step.value.get('arn')}; {wrong}",
        f"either the profile's role_arn ({case.plan.procedure.profile.role_arn}) or the "
        "expectation (--set expected_account=..., expected_role=...) is wrong",
    )


@cause(
    "bucket-list-refused",
    "the switch worked, and the role may not list buckets",
    means="Get-S3Bucket lists the account's buckets, which needs s3:ListAllMyBuckets; that action "
    "knows no narrower resource than all of them.",
    mend="allow s3:ListAllMyBuckets on * in the target role's policy",
    narrower=("call-denied", "call-not-allowed", "call-outside-boundary"),
)
def bucket_list_refused(case: Case) -> Found | None:
    """The role was assumed, and may not list buckets."""
    step = case.refusal(Stage.CALL)
    if step is None or step.phase is not Phase.AFTER or step.check != "s3_bucket":
        return None
    target = case.plan.procedure.profile.role_arn
    seen = "; ".join((told(step), *unread(case)))
    return Found(seen, f"on {target} in the target account:\n{list_statement()}")


@cause(
    "bucket-not-listed",
    "the switched role sees its account's buckets, and this one is not among them",
    means="S3 lists the buckets of the caller's own account. A bucket of another account is never "
    "in that list, whatever its policy allows. Names are compared case-sensitively.",
    mend="check --bucket, and that the bucket is in the target role's account: `aws s3api "
    "list-buckets` there",
)
def bucket_absent(case: Case) -> Found | None:
    """The role sees a list of buckets, and the bucket is not in it."""
    step = _step_with_failed(case, "s3_bucket", Phase.AFTER)
    if step is None or step.state is not StepState.OK or step.value.get("found"):
        return None
    return Found(f"{step.value.get('name')} is not in the list")


@cause(
    "not-the-instance-role",
    "before the switch the host did not act as its own instance role",
    means="Other credentials come before the instance metadata on this host, so what was seen "
    "before the switch is not what the instance's role sees.",
    mend="look for credentials that come before the instance metadata: a [default] profile",
)
def before_is_another(case: Case) -> Found | None:
    """Before the switch the host was not its own instance role."""
    step = _step_with_failed(case, "identity", Phase.BEFORE)
    if step is None or step.state is not StepState.OK:
        return None
    return Found(f"it was {step.value.get('arn')}")


@cause(
    "bucket-seen-before",
    "the bucket is visible before the switch, so seeing it afterwards proves nothing",
    means="The bucket is in the instance's own account, or the instance is in the target account.",
    mend="choose a bucket of the target account",
)
def bucket_visible_before(case: Case) -> Found | None:
    """The bucket was seen without the switch, so seeing it after proves nothing."""
    step = _step_with_failed(case, "s3_bucket", Phase.BEFORE)
    if step is None or not step.value.get("found"):
        return None
    return Found(f"{step.value.get('name')} is in the list of the instance's own account")


@cause(
    "judges-differ",
    "the host's judgement is not the one that its evidence gives",
    means="The script judges on the host, and `orch` judges the same evidence again. Two judges "
    "who disagree prove nothing: the output was written or changed by somebody else.",
    mend="do not trust this host's output before you know who wrote it; run again",
)
def judges_differ(case: Case) -> Found | None:
    """The script on the host and `orch` came to different verdicts."""
    found = case.found
    if found is None or case.agreed:
        return None
    other = [
        f"{v.expectation}: here {v.outcome}, on the host {found.own.get(v.expectation, 'none')}"
        for v in case.verdicts
        if found.own.get(v.expectation) is not v.outcome
    ]
    return Found("; ".join(other) or f"on the host {found.own_verdict}")


def _step_with_failed(case: Case, check: str, phase: Phase) -> Observation | None:
    for step in case.found.observations if case.found else ():
        if (step.check, step.phase) == (check, phase) and case.matters(step):
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


def _caller(case: Case) -> tuple[str, str]:
    """The instance's role, as a trust policy names it; and a word of warning.

    Nobody should trust whomever a host names, only because the host names them.
    """
    role = case.access.caller if case.access else None
    if role is not None and role.arn:
        return role.arn, ""
    said = session_role(case.identity(Phase.BEFORE))
    return (said, AS_THE_HOST_SAYS) if said else ("THE-INSTANCE-ROLE-ARN", "")
