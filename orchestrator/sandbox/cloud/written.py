"""What is written to IAM and S3: policies that are not valid are refused, lost principals named.

moto takes nearly any text for a policy, and AWS does not ("Grammar of the IAM JSON policy
language", "IAM and AWS STS quotas").
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from orchestrator.iam import Policy, PolicyError, PolicyKind, parse_policy
from orchestrator.sandbox import world
from orchestrator.sandbox.cloud import state
from orchestrator.sandbox.cloud.asked import Asked
from orchestrator.sandbox.cloud.refusals import Protocol, RefusedError

_DOCUMENTS = {
    "CreateRole": ("AssumeRolePolicyDocument", PolicyKind.TRUST),
    "UpdateAssumeRolePolicy": ("PolicyDocument", PolicyKind.TRUST),
    "PutRolePolicy": ("PolicyDocument", PolicyKind.IDENTITY),
    "PutUserPolicy": ("PolicyDocument", PolicyKind.IDENTITY),
    "PutGroupPolicy": ("PolicyDocument", PolicyKind.IDENTITY),
    "CreatePolicy": ("PolicyDocument", PolicyKind.IDENTITY),
    "CreatePolicyVersion": ("PolicyDocument", PolicyKind.IDENTITY),
}
_LIMITS = {
    "CreateRole": 2048,
    "UpdateAssumeRolePolicy": 2048,
    "PutRolePolicy": 10_240,
    "PutUserPolicy": 2048,
    "PutGroupPolicy": 5120,
    "CreatePolicy": 6144,
    "CreatePolicyVersion": 6144,
}


def check_written(asked: Asked, body: bytes) -> None:
    """Raise RefusedError (MalformedPolicyDocument, ...) for a policy that AWS would not take."""
    if asked.service == "s3" and asked.question and asked.question.action == "s3:PutBucketPolicy":
        _check_bucket_policy(body.decode("utf-8", "replace"))
    if asked.service != "iam":
        return
    if arn := asked.form.get("PolicyArn") or asked.form.get("PermissionsBoundary"):
        state.know_managed_policy(asked.owner, arn)
    if asked.operation in _DOCUMENTS:
        member, kind = _DOCUMENTS[asked.operation]
        _check(asked.form.get(member, ""), kind)
        _refuse_too_long(asked, member)


def _check(text: str, kind: PolicyKind) -> None:
    try:
        policy = parse_policy(text, kind)
    except PolicyError as error:
        raise RefusedError("MalformedPolicyDocument", str(error), 400) from error
    if lost := _lost(policy):
        message = f'Invalid principal in policy: "AWS":"{lost}"'
        raise RefusedError("MalformedPolicyDocument", message, 400)


def _check_bucket_policy(text: str) -> None:
    try:
        policy = parse_policy(text, PolicyKind.RESOURCE)
    except PolicyError as error:
        raise RefusedError("MalformedPolicy", str(error), 400, Protocol.S3) from error
    if _lost(policy):
        raise RefusedError("MalformedPolicy", "Invalid principal in policy", 400, Protocol.S3)


def _lost(policy: Policy) -> str | None:
    """A role or user that should be in one of the sandbox's accounts, and is not there."""
    known = state.principals()
    named = (s.principals.names for s in policy.statements if s.principals is not None)
    for arn in sorted(frozenset().union(*named)):
        parts = arn.split(":", 5)
        is_iam = len(parts) == 6 and parts[2] == "iam" and parts[5].startswith(("role/", "user/"))
        if is_iam and parts[4] in world.ACCOUNTS and arn not in known:
            return arn
    return None


def _refuse_too_long(asked: Asked, member: str) -> None:
    """AWS does not count white space. A holder's inline policies count together."""
    text, most = asked.form.get(member, ""), _LIMITS[asked.operation]
    texts = [text, *_others(asked)] if asked.operation.startswith("Put") else [text]
    if sum(len("".join(item.split())) for item in texts) > most:
        message = f"Maximum policy size of {most} bytes exceeded"
        raise RefusedError("LimitExceeded", message, 409)


def _others(asked: Asked) -> Iterable[str]:
    """The holder's other inline policies."""
    form: Mapping[str, str] = asked.form
    holder = (
        state.role_named(asked.owner, form["RoleName"])
        if "RoleName" in form
        else state.user_named(asked.owner, form.get("UserName", ""))
    )
    documents = holder.identity if holder else ()
    return (
        item.text
        for item in documents
        if not item.name.startswith("arn:") and item.name != form.get("PolicyName")
    )
