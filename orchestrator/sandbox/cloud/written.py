"""What is written to IAM and S3, and AWS would not take: refused before moto.

moto takes nearly any text for a policy, and AWS does not ("Grammar of the IAM JSON policy
language", "IAM and AWS STS quotas").
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

from orchestrator.iam import PolicyError, PolicyKind, SizeLimit, check_size, parse_policy, size
from orchestrator.sandbox.cloud import holdings
from orchestrator.sandbox.cloud.asked import Asked
from orchestrator.sandbox.cloud.bucket_policies import check_bucket_policy
from orchestrator.sandbox.cloud.lost import lost_principal
from orchestrator.sandbox.cloud.refusals import Protocol, Reason, RefusedError, refusal

_DOCUMENTS = {
    "CreateRole": ("AssumeRolePolicyDocument", PolicyKind.TRUST),
    "UpdateAssumeRolePolicy": ("PolicyDocument", PolicyKind.TRUST),
    "PutRolePolicy": ("PolicyDocument", PolicyKind.IDENTITY),
    "PutUserPolicy": ("PolicyDocument", PolicyKind.IDENTITY),
    "PutGroupPolicy": ("PolicyDocument", PolicyKind.IDENTITY),
    "CreatePolicy": ("PolicyDocument", PolicyKind.IDENTITY),
    "CreatePolicyVersion": ("PolicyDocument", PolicyKind.IDENTITY),
}
_INLINE = {
    "PutRolePolicy": ("role", "RoleName", SizeLimit.ROLE_INLINE),
    "PutUserPolicy": ("user", "UserName", SizeLimit.USER_INLINE),
    "PutGroupPolicy": ("group", "GroupName", SizeLimit.GROUP_INLINE),
}
_ATTACH = {
    "AttachRolePolicy": ("role", "RoleName"),
    "AttachUserPolicy": ("user", "UserName"),
    "AttachGroupPolicy": ("group", "GroupName"),
}
_CREATE = {
    "CreateRole": ("role", "RoleName"),
    "CreateUser": ("user", "UserName"),
    "CreateGroup": ("group", "GroupName"),
    "CreatePolicy": ("policy", "PolicyName"),
    "CreateInstanceProfile": ("instance-profile", "InstanceProfileName"),
}
_MOST_ATTACHED = 10
_SESSION = range(3600, 43_201)


def check_written(asked: Asked, body: bytes) -> None:
    """Raise RefusedError (MalformedPolicyDocument, ...) for what AWS would not take."""
    if asked.s3 is not None and asked.s3.action == "s3:PutBucketPolicy":
        check_bucket_policy(body, asked.s3.bucket)
    if asked.service != "iam":
        return
    if asked.operation in _DOCUMENTS:
        member, kind = _DOCUMENTS[asked.operation]
        _check(asked.form.get(member, ""), kind)
    for check in _CHECKS:
        check(asked)


def _check(text: str, kind: PolicyKind) -> None:
    """A policy's grammar and principals."""
    try:
        parse_policy(text, kind)
    except PolicyError as error:
        raise RefusedError("MalformedPolicyDocument", str(error), 400) from error
    if lost := lost_principal(text):
        message = f'Invalid principal in policy: "AWS":"{lost}"'
        raise RefusedError("MalformedPolicyDocument", message, 400)


def _check_size(asked: Asked) -> None:
    text = asked.form.get(_DOCUMENTS.get(asked.operation, ("", None))[0], "")
    limits = {"CreateRole": SizeLimit.TRUST, "UpdateAssumeRolePolicy": SizeLimit.TRUST}
    if asked.operation in _INLINE:
        kind, member, limit = _INLINE[asked.operation]
        name = asked.form[member]
        held = {**holdings.inline(kind, asked.owner, name), asked.form.get("PolicyName", ""): text}
        _refuse_too_much(kind, name, limit, held)
    elif asked.operation in _DOCUMENTS:
        _keep_within(limits.get(asked.operation, SizeLimit.MANAGED), text)


def _keep_within(limit: SizeLimit, text: str) -> None:
    try:
        check_size(limit, text)
    except PolicyError as error:
        raise RefusedError("LimitExceeded", str(error), 409) from error


def _refuse_too_much(kind: str, name: str, limit: SizeLimit, held: Mapping[str, str]) -> None:
    """A holder's inline policies count together."""
    if sum(map(size, held.values())) > limit.characters:
        message = f"Maximum policy size of {limit.characters} bytes exceeded for {kind} {name}"
        raise RefusedError("LimitExceeded", message, 409)


def _check_attached(asked: Asked) -> None:
    arn = asked.form.get("PolicyArn") or ""
    if asked.operation not in _ATTACH:
        holdings.know_managed_policy(asked.owner, arn)
        return
    kind, member = _ATTACH[asked.operation]
    if not holdings.knows_policy(asked.owner, arn):
        raise _not_attachable("Policy", arn)
    held = holdings.attached(kind, asked.owner, asked.form[member])
    if len(held | {arn}) > _MOST_ATTACHED:
        message = f"Cannot exceed quota for PoliciesPer{kind.title()}: {_MOST_ATTACHED}"
        raise RefusedError("LimitExceeded", message, 409)


def _check_boundary(asked: Asked) -> None:
    arn = asked.form.get("PermissionsBoundary")
    if arn is not None and not holdings.knows_policy(asked.owner, arn):
        raise _not_attachable("Scope ARN:", arn)


def _not_attachable(what: str, arn: str) -> RefusedError:
    message = f"{what} {arn[:200]} does not exist or is not attachable."
    return RefusedError("NoSuchEntity", message, 404)


def _check_twin(asked: Asked) -> None:
    """Names are unique letter case aside ("IAM identifiers")."""
    kind, member = _CREATE.get(asked.operation, ("", ""))
    if kind and holdings.twin(kind, asked.owner, asked.form[member]):
        message = f"{kind.title()} with name {asked.form[member]} already exists."
        raise RefusedError("EntityAlreadyExists", message, 409)


def _check_in_use(asked: Asked) -> None:
    """Keep policies, users and groups that are in use; moto would delete them."""
    form, owner = asked.form, asked.owner
    in_use = {
        "DeletePolicy": lambda: (
            holdings.uses_of_policy(owner, form.get("PolicyArn", ""))
            or holdings.versions_of_policy(owner, form.get("PolicyArn", "")) > 1
        ),
        "DeleteUser": lambda: holdings.belongings(owner, "user", form["UserName"]),
        "DeleteGroup": lambda: holdings.belongings(owner, "group", form["GroupName"]),
    }
    if asked.operation in in_use and in_use[asked.operation]():
        message = "Cannot delete entity, must remove what belongs to it first."
        raise RefusedError("DeleteConflict", message, 409)


def _check_session_length(asked: Asked) -> None:
    seconds = asked.form.get("MaxSessionDuration")
    if seconds is not None and not _is_session_length(seconds):
        message = f"Value '{seconds[:20]}' at 'maxSessionDuration' must be within 3600 and 43200"
        raise refusal(Protocol.QUERY, Reason.INVALID, message)


def _is_session_length(seconds: object) -> bool:
    text = str(seconds)
    return text.isascii() and text.isdigit() and int(text) in _SESSION


_CHECKS: tuple[Callable[[Asked], None], ...] = (
    _check_size,
    _check_twin,
    _check_boundary,
    _check_attached,
    _check_in_use,
    _check_session_length,
)
