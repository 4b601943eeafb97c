"""What a request to IAM asks for: the actions and the resources that the policies decide about.

From "Actions, resources, and condition keys for AWS Identity and Access Management" in the Service
Authorization Reference. What is not in the table is not in the sandbox: AWS's rule for it is not
known here, or moto has it and without effect.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from enum import StrEnum
from typing import NamedTuple

from orchestrator.sandbox.cloud import context, state
from orchestrator.sandbox.cloud.authority import Question
from orchestrator.sandbox.cloud.identities import Identity
from orchestrator.sandbox.cloud.refusals import Protocol, Reason, RefusedError, not_here, refusal
from orchestrator.sandbox.cloud.tags import read_tags


class Kind(StrEnum):
    """What an operation is about; the value is how ARNs name it."""

    ROLE = "role"
    USER = "user"
    GROUP = "group"
    PROFILE = "instance-profile"
    POLICY = "policy"
    NOTHING = "*"


_MEMBERS = {
    Kind.ROLE: "RoleName",
    Kind.USER: "UserName",
    Kind.GROUP: "GroupName",
    Kind.PROFILE: "InstanceProfileName",
    Kind.POLICY: "PolicyName",
}
_OF_KIND = {
    Kind.ROLE: (
        "CreateRole GetRole UpdateRole UpdateRoleDescription DeleteRole UpdateAssumeRolePolicy "
        "PutRolePolicy GetRolePolicy DeleteRolePolicy ListRolePolicies AttachRolePolicy "
        "DetachRolePolicy ListAttachedRolePolicies PutRolePermissionsBoundary "
        "DeleteRolePermissionsBoundary TagRole UntagRole ListRoleTags ListInstanceProfilesForRole"
    ),
    Kind.USER: (
        "CreateUser GetUser DeleteUser PutUserPolicy GetUserPolicy DeleteUserPolicy "
        "ListUserPolicies AttachUserPolicy DetachUserPolicy ListAttachedUserPolicies "
        "ListGroupsForUser CreateAccessKey UpdateAccessKey DeleteAccessKey ListAccessKeys "
        "TagUser UntagUser ListUserTags"
    ),
    Kind.GROUP: (
        "CreateGroup GetGroup DeleteGroup AddUserToGroup RemoveUserFromGroup PutGroupPolicy "
        "GetGroupPolicy DeleteGroupPolicy ListGroupPolicies AttachGroupPolicy DetachGroupPolicy "
        "ListAttachedGroupPolicies"
    ),
    Kind.PROFILE: (
        "CreateInstanceProfile GetInstanceProfile DeleteInstanceProfile AddRoleToInstanceProfile "
        "RemoveRoleFromInstanceProfile"
    ),
    Kind.POLICY: (
        "CreatePolicy GetPolicy DeletePolicy CreatePolicyVersion GetPolicyVersion "
        "ListPolicyVersions DeletePolicyVersion SetDefaultPolicyVersion ListEntitiesForPolicy"
    ),
    Kind.NOTHING: (
        "ListRoles ListUsers ListGroups ListPolicies ListInstanceProfiles ListAccountAliases "
        "GetAccountSummary GetAccountAuthorizationDetails"
    ),
}
_KINDS = {name: kind for kind, names in _OF_KIND.items() for name in names.split()}
_OF_ONESELF = frozenset(
    {"GetUser", "CreateAccessKey", "UpdateAccessKey", "DeleteAccessKey", "ListAccessKeys"}
)
"""They mean the calling user where they name none."""
_WITHOUT_EFFECT = {"CreateUser": "PermissionsBoundary"}
"""Members that moto takes and forgets."""
_NAME = re.compile(r"[\w+=,.@-]{1,128}", re.ASCII)
_PATH = re.compile(r"/|/[\u0021-\u007e]{1,510}/")
_POLICY_ARN = re.compile(r"arn:aws:iam::(?P<account>\d{12}|aws):policy/[\w+=,.@/-]+", re.ASCII)


class IamRequest(NamedTuple):
    """The members as they are meant, and what the caller has to be allowed."""

    form: Mapping[str, str]
    questions: tuple[Question, ...]


def iam_request(form: Mapping[str, str], identity: Identity) -> IamRequest:
    """The request of that caller. RefusedError: it is not in the sandbox, or names nothing well."""
    operation = form.get("Action", "")
    kind = _KINDS.get(operation)
    member = _WITHOUT_EFFECT.get(operation)
    if kind is None:
        raise not_here(Protocol.QUERY, f"iam:{operation[:80]}")
    if member in form:
        raise not_here(Protocol.QUERY, f"{member} of iam:{operation}")
    if operation in _OF_ONESELF and "UserName" not in form:
        form = {**form, "UserName": _own_name(identity)}
    account = identity.caller.account
    return IamRequest(form, tuple(_questions(operation, kind, form, account)))


def _own_name(identity: Identity) -> str:
    if identity.holder is None or identity.is_session:
        message = "Must specify userName when calling with non-User credentials"
        raise refusal(Protocol.QUERY, Reason.INVALID, message)
    return identity.holder.name


def _questions(
    operation: str, kind: Kind, form: Mapping[str, str], account: str
) -> Iterator[Question]:
    resource = _resource(kind, form, account)
    keys = {**context.of_resource(account, _tags(kind, form, account)), **_context(kind, form)}
    keys |= _boundary(kind, form, account)
    owner = resource.split(":")[4] if kind is Kind.POLICY else account
    yield Question(f"iam:{operation}", resource, account if owner == "aws" else owner, keys)
    if operation == "AddRoleToInstanceProfile":
        role = _resource(Kind.ROLE, form, account)
        yield Question("iam:PassRole", role, account, context.of_resource(account))


def _resource(kind: Kind, form: Mapping[str, str], account: str) -> str:
    """The ARN of what the request names, with its path."""
    if kind is Kind.NOTHING:
        return "*"
    if kind is Kind.POLICY and form.get("Action") != "CreatePolicy":
        return policy_arn(form.get("PolicyArn", ""))
    member = _MEMBERS[kind]
    name, path = form.get(member, ""), form.get("Path", "/")
    if not _NAME.fullmatch(name):
        raise _invalid(member, name)
    if not _PATH.fullmatch(path):
        raise _invalid("Path", path)
    known = state.arn_named(kind.value, account, name)
    return known or f"arn:aws:iam::{account}:{kind}{path}{name}"


def policy_arn(text: str) -> str:
    """The ARN of a managed policy. RefusedError where it has not the form of one."""
    if not _POLICY_ARN.fullmatch(text):
        raise RefusedError("InvalidInput", f"ARN {text[:200]} is not valid.", 400)
    return text


def _context(kind: Kind, form: Mapping[str, str]) -> context.Keys:
    found = context.of_tags(read_tags(form))
    if gone := tuple(text for name, text in form.items() if name.startswith("TagKeys.member.")):
        found["aws:TagKeys"] = gone
    if kind is not Kind.POLICY and "PolicyArn" in form:
        found["iam:PolicyARN"] = policy_arn(form["PolicyArn"])
    return found


def _boundary(kind: Kind, form: Mapping[str, str], account: str) -> context.Keys:
    """The boundary that the request sets, or that the role has."""
    if given := form.get("PermissionsBoundary"):
        return {"iam:PermissionsBoundary": given}
    found = state.role_named(account, form.get("RoleName", "")) if kind is Kind.ROLE else None
    if found is None or found.boundary is None:
        return {}
    return {"iam:PermissionsBoundary": found.boundary.name}


def _tags(kind: Kind, form: Mapping[str, str], account: str) -> Mapping[str, str]:
    find = {Kind.ROLE: state.role_named, Kind.USER: state.user_named}.get(kind)
    found = find(account, form.get(_MEMBERS[kind], "")) if find else None
    return found.tags if found else {}


def _invalid(member: str, value: str) -> RefusedError:
    shown = f"'{value[:80]}'" if value else "null"
    at = member[0].lower() + member[1:]
    message = f"1 validation error detected: Value {shown} at '{at}' failed to satisfy constraint"
    return refusal(Protocol.QUERY, Reason.INVALID, message)
