"""Roles and bucket policies of one account, with the calls that an operator may be denied."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from botocore.exceptions import ClientError

from orchestrator.aws.errors import as_ours, code_of, unread
from orchestrator.aws.session import READS, Access
from orchestrator.errors import CannotRunError, DeniedError
from orchestrator.model.access import MOST_POLICIES, PolicyText, RoleRead, Unread

_GONE = {"NoSuchEntity", "NoSuchBucketPolicy", "NoSuchBucket"}


class _GoneError(Exception):
    """AWS says that there is no such thing."""


@dataclass(slots=True)
class Trying:
    """What could not be read so far. A kind of call that was denied once is not made again."""

    unread: list[Unread] = field(default_factory=list)
    denied: set[str] = field(default_factory=set)

    def note(self, resource: str, permission: str, error: CannotRunError) -> None:
        """Note that this could not be read."""
        self.unread.append(unread(resource, permission, error))
        self.denied.add(permission)


class RoleReads:
    """Reads roles with the credentials of one profile."""

    def __init__(self, access: Access) -> None:
        self._access = access
        self._clients: dict[str, Any] = {}
        self._account: str | None = None
        self._locked_out: CannotRunError | None = None

    def account(self) -> str:
        """The account of these credentials; empty where nobody could tell.

        GetCallerIdentity needs no permission.
        """
        if self._account is None:
            try:
                answer = self._call("sts", "GetCallerIdentity")
                self._account = str(answer["Account"])
            except CannotRunError as error:
                # It needs no permission; what fails is the way to the profile's credentials.
                self._account, self._locked_out = "", error
            except _GoneError:
                self._account = ""
        return self._account

    def role(self, arn: str, *, policies: bool) -> RoleRead:
        """The role of that ARN; its identity policies and boundary only if they are wanted."""
        own, account = self.account(), arn.split(":")[4]
        if own != account:
            return RoleRead(arn, unread=(self._from_elsewhere(f"the role {arn}"),))
        trying, name = Trying(), arn.rpartition("/")[2]
        try:
            found = self._call("iam", "GetRole", RoleName=name)["Role"]
        except _GoneError:
            others = tuple(self._roles(account, trying))
            return RoleRead(arn, exists=False, others=others, unread=tuple(trying.unread))
        except CannotRunError as error:
            trying.note(f"the role {arn}", "iam:GetRole", error)
            found = {}
        read = _role(arn, found)
        if policies:
            before = len(trying.unread)
            texts = tuple(self._policies(name, trying))
            whole = len(trying.unread) == before
            boundary = self._boundary(found, trying)
            read = replace(read, policies=texts, whole=whole, boundary=boundary)
        return replace(read, unread=tuple(trying.unread))

    def bucket_policy(self, bucket: str, trying: Trying) -> PolicyText | None:
        """The bucket's policy, where it has one."""
        try:
            answer = self._call("s3", "GetBucketPolicy", Bucket=bucket)
        except _GoneError:
            return None
        except CannotRunError as error:
            trying.note(f"the policy of bucket {bucket}", "s3:GetBucketPolicy", error)
            return None
        return PolicyText(bucket, str(answer["Policy"]))

    def _from_elsewhere(self, what: str) -> Unread:
        """Why nothing of another account is read here."""
        profile = f"your profile {self._access.profile or 'here'}"
        if self._locked_out is None:
            return Unread(what, f"{profile} is of account {self._account or 'unknown'}")
        # A profile that assumes a role: account B's reader, of `orch setup`.
        is_denied = isinstance(self._locked_out, DeniedError)
        permission = "sts:AssumeRole" if is_denied else ""
        return Unread(what, f"{profile} gives no credentials: {self._locked_out.what}", permission)

    def _policies(self, name: str, trying: Trying) -> Iterator[PolicyText]:
        """Its identity policies, inline ones first."""
        listed = self._pages("ListRolePolicies", "PolicyNames", name, trying)
        if len(listed) > MOST_POLICIES:
            many = f"there are {len(listed)}, of which {MOST_POLICIES} are read"
            trying.unread.append(Unread(f"every inline policy of {name}", many))
        for policy in listed[:MOST_POLICIES]:
            text = self._inline(name, str(policy), trying)
            if text is not None:
                yield text
        for row in self._pages("ListAttachedRolePolicies", "AttachedPolicies", name, trying):
            text = self._managed(str(row["PolicyArn"]), trying)
            if text is not None:
                yield text

    def _inline(self, role: str, policy: str, trying: Trying) -> PolicyText | None:
        answer = self._try(
            f"policy {policy} of {role}", trying, "GetRolePolicy", RoleName=role, PolicyName=policy
        )
        return PolicyText(policy, _text(answer["PolicyDocument"])) if answer else None

    def _managed(self, arn: str, trying: Trying) -> PolicyText | None:
        """The default version of a managed policy."""
        policy = self._try(arn, trying, "GetPolicy", PolicyArn=arn)
        if not policy:
            return None
        version = policy["Policy"]["DefaultVersionId"]
        answer = self._try(arn, trying, "GetPolicyVersion", PolicyArn=arn, VersionId=version)
        return PolicyText(arn, _text(answer["PolicyVersion"]["Document"])) if answer else None

    def _boundary(self, found: Mapping[str, Any], trying: Trying) -> PolicyText | None:
        arn = found.get("PermissionsBoundary", {}).get("PermissionsBoundaryArn")
        return self._managed(arn, trying) if arn else None

    def _roles(self, account: str, trying: Trying) -> list[str]:
        """A page of the account's roles, to find what was meant. A hint needs no more calls."""
        answer = self._try(f"the roles of {account}", trying, "ListRoles", MaxItems=1000)
        return [str(row["Arn"]) for row in answer.get("Roles", [])]

    def _pages(self, operation: str, member: str, role: str, trying: Trying) -> list[Any]:
        found: list[Any] = []
        request = {"RoleName": role}
        while True:
            answer = self._try(f"policies of {role}", trying, operation, **request)
            found += answer.get(member, [])
            marker = answer.get("Marker")
            if not answer.get("IsTruncated") or marker in {None, request.get("Marker")}:
                return found
            request["Marker"] = marker

    def _try(self, resource: str, trying: Trying, operation: str, **request: Any) -> Any:
        """IAM's answer, or an empty one where it gave none; that is noted."""
        permission = f"iam:{operation}"
        if permission in trying.denied:
            return {}
        try:
            return self._call("iam", operation, **request)
        except CannotRunError as error:
            trying.note(resource, permission, error)
        except _GoneError:
            trying.unread.append(Unread(resource, "it went while it was being read"))
        return {}

    def _call(self, service: str, operation: str, **request: Any) -> Any:
        if service not in self._clients:
            self._clients[service] = self._access.client(service, READS)
        method: Callable[..., Any] = getattr(self._clients[service], _METHODS[operation])
        with as_ours(operation, self._access.region, self._access.profile):
            try:
                return method(**request)
            except ClientError as error:
                if code_of(error) in _GONE:
                    raise _GoneError from error
                raise


_METHODS = {
    "GetBucketPolicy": "get_bucket_policy",
    "GetCallerIdentity": "get_caller_identity",
    "GetPolicy": "get_policy",
    "GetPolicyVersion": "get_policy_version",
    "GetRole": "get_role",
    "GetRolePolicy": "get_role_policy",
    "ListAttachedRolePolicies": "list_attached_role_policies",
    "ListRolePolicies": "list_role_policies",
    "ListRoles": "list_roles",
}


def _role(asked: str, found: Mapping[str, Any]) -> RoleRead:
    """The role, of what GetRole answered (nothing where it was not to be had)."""
    if not found:
        return RoleRead(asked)
    return RoleRead(
        asked=asked,
        exists=True,
        arn=str(found["Arn"]),
        trust=_text(found["AssumeRolePolicyDocument"]),
        longest_session=found.get("MaxSessionDuration"),
        tags={tag["Key"]: tag["Value"] for tag in found.get("Tags", [])},
        bounded="PermissionsBoundary" in found,
    )


def _text(document: Any) -> str:
    """A policy as text. botocore has taken the percent-encoding off, and made JSON an object."""
    return document if isinstance(document, str) else json.dumps(document)
