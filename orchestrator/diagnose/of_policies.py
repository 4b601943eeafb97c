"""Causes in the policies of both accounts, where the operator may read them.

STS and S3 refuse alike for every one of them; which it is stands in the policies alone.
"""

from __future__ import annotations

from difflib import get_close_matches

from orchestrator.diagnose.case import Case
from orchestrator.diagnose.catalogue import Found, cause
from orchestrator.diagnose.questions import assuming, calling, switch_matters
from orchestrator.diagnose.refused import Ruling, principals_in
from orchestrator.diagnose.statements import (
    AS_THE_HOST_SAYS,
    allow_statement,
    assume_statement,
    trust_statement,
)
from orchestrator.iam import Miss, Near, PolicyKind
from orchestrator.model.access import RoleRead

_LIKE = 0.6


@cause(
    "role-not-found",
    "the role to switch to does not exist",
    means="IAM of the target account knows no role of that name. STS does not tell: it refuses as "
    "if the role trusted somebody else.",
    mend="correct --role-arn (`aws iam list-roles` in the target account lists them), or make the "
    "role",
)
def role_not_found(case: Case) -> Found | None:
    """IAM says that there is no such role."""
    role = _target(case)
    if role is None or role.exists is not False:
        return None
    names = {arn.rpartition("/")[2].lower(): arn for arn in role.others}
    like = get_close_matches(_name(role.asked).lower(), names, n=3, cutoff=_LIKE)
    seen = f"iam:GetRole in account {_account(role.asked)} finds no role {_name(role.asked)}"
    if not like:
        return Found(seen)
    arns = ", ".join(names[name] for name in like)
    return Found(f"{seen}; like it there is {arns}", f"--role-arn {names[like[0]]}, if it is meant")


@cause(
    "role-arn-differs",
    "the role to switch to has another ARN than the profile says",
    means="A role's ARN holds its path, and its letter case counts. AssumeRole takes the whole ARN "
    "alone; the name without the path means another role, which does not exist.",
    mend="give the role's whole ARN: --role-arn",
)
def role_arn_differs(case: Case) -> Found | None:
    """There is a role of that name, with a path."""
    role = _target(case)
    if role is None or not role.exists or role.arn == role.asked:
        return None
    return Found(f"the profile says {role.asked}, IAM says {role.arn}", f"--role-arn {role.arn}")


@cause(
    "assume-denied",
    "a policy forbids the switch outright",
    means="A statement with Effect Deny applies to sts:AssumeRole. Nothing that allows it helps as "
    "long as it stands.",
    mend="take the statement out, or narrow it so that it leaves out this role",
)
def assume_denied(case: Case) -> Found | None:
    """An explicit Deny on either side."""
    return _denied(assuming(case))


@cause(
    "assume-not-allowed",
    "the instance role's own policies do not allow it to assume the target role",
    means="Between accounts both sides must allow a switch. On this side the instance role needs a "
    "policy that allows sts:AssumeRole on the target role's ARN.",
    mend="allow sts:AssumeRole on the target role in the instance role's policy",
)
def assume_not_allowed(case: Case) -> Found | None:
    """The caller's side does not allow it."""
    ruling = assuming(case)
    if ruling is None:
        return None
    statement = assume_statement(ruling.request.resource)
    return _not_allowed(ruling, PolicyKind.IDENTITY, statement)


@cause(
    "assume-outside-boundary",
    "the permissions boundary of the instance role does not allow the switch",
    means="A permissions boundary is the most that its role may do, whatever its policies allow.",
    mend="allow sts:AssumeRole on the target role in the boundary too",
)
def assume_outside_boundary(case: Case) -> Found | None:
    """The caller's boundary does not allow it."""
    ruling = assuming(case)
    if ruling is None:
        return None
    statement = assume_statement(ruling.request.resource)
    return _not_allowed(ruling, PolicyKind.BOUNDARY, statement)


@cause(
    "trust-names-others",
    "the target role's trust policy does not let the instance's role in",
    means="Between accounts both sides must allow a switch. On this side the trust policy of the "
    "target role must name the instance's role, by its ARN with its path, or its account.",
    mend="name the instance's role in the target role's trust policy",
)
def trust_names_others(case: Case) -> Found | None:
    """The trust policy names somebody else."""
    ruling = assuming(case)
    if ruling is None or ruling.lacks(PolicyKind.TRUST) is not True:
        return None
    if ruling.near(PolicyKind.TRUST, Miss.CONDITION):
        return None
    text = ruling.holders[PolicyKind.TRUST].texts[0]
    stale = [name for name in principals_in(text.document) if name.startswith("AROA")]
    gone = f"; {', '.join(stale)} stands for a role that was deleted since" if stale else ""
    others = ruling.near(PolicyKind.TRUST, Miss.PRINCIPAL)
    seen = _shown(ruling, others) or f"no statement allows it: {text.document}"
    return Found(f"{seen}{gone}", _trust_mend(case, ruling))


@cause(
    "trust-condition",
    "the target role's trust policy names the instance's role under a condition that fails",
    means="A condition in the trust policy does not hold for this call. A profile with "
    "credential_source sends no external id, no MFA and no tags: the tools refuse external_id and "
    "mfa_serial beside it. A condition on a key that `orch` cannot know, such as the organization "
    "or the network, is called possible.",
    mend="take the condition out, or ask for what the call brings along (aws:PrincipalArn, "
    "ec2:SourceInstanceARN)",
)
def trust_condition(case: Case) -> Found | None:
    """The trust policy names the caller, under a condition."""
    ruling = assuming(case)
    lacks = ruling.lacks(PolicyKind.TRUST) if ruling else False
    if ruling is None or lacks is False:
        return None
    held_back = ruling.near(PolicyKind.TRUST, Miss.CONDITION)
    if not held_back:
        return None
    keys = tuple(dict.fromkeys(key for one in held_back for key in ruling.spelt(one)))
    doubt = "" if lacks else "; what the call's value is cannot be known here"
    tagged = any(key.lower().startswith("aws:principaltag/") for key in keys)
    tag = "give the caller's role that tag (`aws iam tag-role`), or " if tagged else ""
    without = f"Without it, {_trust_mend(case, ruling)}"
    mend = f"{tag}take out the condition on {', '.join(keys)}. {without}"
    return Found(f"{_shown(ruling, held_back)}{doubt}", mend, certain=lacks is True)


@cause(
    "assume-refused-elsewhere",
    "both policies allow the switch as they are now, so something else refuses it",
    means="What was read of both accounts allows the switch. What remains is what `orch` does not "
    "read: a service control or resource control policy of the organization, the policy of a VPC "
    "endpoint for STS, or a policy that was changed a moment ago.",
    mend="run again in a minute; then look at the organization's policies (`aws organizations "
    "list-policies`) and at the endpoint's (`aws ec2 describe-vpc-endpoints`)",
    certain=False,
)
def assume_refused_elsewhere(case: Case) -> Found | None:
    """Everything that was read allows it."""
    ruling, role = assuming(case), _target(case)
    if ruling is None or role is None or not role.exists or role.arn != role.asked:
        return None
    if not ruling.whole or not ruling.strict.allowed:
        return None
    shown = "; ".join(ruling.shown(ref) for ref in ruling.strict.statements)
    return Found(f"AssumeRole was refused, and yet: {shown}")


@cause(
    "call-denied",
    "a policy forbids the call after the switch outright",
    means="The switch worked. A statement with Effect Deny applies to the call that came after it.",
    mend="take the statement out, or narrow it so that it leaves out this role",
)
def call_denied(case: Case) -> Found | None:
    """An explicit Deny of the call after the switch."""
    return _denied(calling(case))


@cause(
    "call-not-allowed",
    "the target role's own policies do not allow the call",
    means="The switch worked. None of the target role's policies allows what was asked then.",
    mend="allow the action in the target role's policy",
)
def call_not_allowed(case: Case) -> Found | None:
    """The target role's policies do not allow the call."""
    ruling = calling(case)
    return _not_allowed(ruling, PolicyKind.IDENTITY, _call_statement(ruling)) if ruling else None


@cause(
    "call-outside-boundary",
    "the permissions boundary of the target role does not allow the call",
    means="The switch worked. A permissions boundary is the most that its role may do, whatever "
    "its policies allow.",
    mend="allow the action in the boundary too",
)
def call_outside_boundary(case: Case) -> Found | None:
    """The target role's boundary does not allow the call."""
    ruling = calling(case)
    return _not_allowed(ruling, PolicyKind.BOUNDARY, _call_statement(ruling)) if ruling else None


def _denied(ruling: Ruling | None) -> Found | None:
    if ruling is None or ruling.denies is False:
        return None
    sure = ruling.denies is True
    decision = ruling.generous if sure else ruling.strict
    shown = "; ".join(ruling.shown(ref) for ref in decision.statements)
    doubt = "" if sure else "; whether its condition holds cannot be known here"
    owners = ", ".join(dict.fromkeys(_owner(ruling, ref.kind) for ref in decision.statements))
    mend = f"in {owners}: take the statement out, or narrow it"
    return Found(f"{shown}{doubt}", mend, certain=sure)


def _not_allowed(ruling: Ruling, kind: PolicyKind, statement: str) -> Found | None:
    lacks = ruling.lacks(kind)
    if lacks is False:
        return None
    holder, request = ruling.holders[kind], ruling.request
    names = ", ".join(_name(text.name) for text in holder.texts)
    seen = f"no {kind} policy of {holder.owner} allows {request.action} on {request.resource}"
    count = "it has none" if not names else f"read: {names}"
    close = _shown(ruling, ruling.near(kind, Miss.RESOURCE, Miss.CONDITION))
    nearest = f"; near it comes {close}" if close else ""
    doubt = "" if lacks else "; whether the condition holds cannot be known here"
    mend = f"in {_owner(ruling, kind)}:\n{statement}"
    return Found(f"{seen} ({count}){nearest}{doubt}", mend, certain=lacks is True)


def _shown(ruling: Ruling, near: tuple[Near, ...]) -> str:
    return "; ".join(ruling.shown(one.ref) for one in near)


def _owner(ruling: Ruling, kind: PolicyKind) -> str:
    """Whose policy is meant: the account to mend it in, and the role."""
    owner = ruling.holders[kind].owner
    if not owner.startswith("arn:"):
        return f"the policy of {owner}"
    return f"account {_account(owner)}, {_WHAT[kind]} {_name(owner)}"


_WHAT = {
    PolicyKind.IDENTITY: "a policy of the role",
    PolicyKind.BOUNDARY: "the boundary of the role",
    PolicyKind.TRUST: "the trust policy of the role",
}


def _trust_mend(case: Case, ruling: Ruling) -> str:
    caller = ruling.request.caller.role_arn or ruling.request.caller.arn
    is_read = case.access is not None and case.access.caller is not None and case.access.caller.arn
    as_said = "" if is_read else AS_THE_HOST_SAYS
    return f"in {_owner(ruling, PolicyKind.TRUST)}{as_said}:\n{trust_statement(caller)}"


def _call_statement(ruling: Ruling) -> str:
    wide = ruling.request.resource.endswith(":::*")
    return allow_statement(ruling.request.action, "*" if wide else ruling.request.resource)


def _target(case: Case) -> RoleRead | None:
    """The target role, where the switch to it was refused, or is yet to come, and was read."""
    if case.access is None or not switch_matters(case):
        return None
    return case.access.target


def _name(arn: str) -> str:
    return arn.rpartition("/")[2]


def _account(arn: str) -> str:
    return arn.split(":")[4]
