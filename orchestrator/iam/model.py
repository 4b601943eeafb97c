"""What a decision is about, and what comes out of it: plain values."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum


class PolicyError(ValueError):
    """A policy document that AWS would not store; says where in it and what is wrong.

    The words are those of AWS's MalformedPolicyDocument or LimitExceeded where they are known.
    """


class Verdict(StrEnum):
    """The three outcomes (IAM User Guide, "Policy evaluation logic")."""

    ALLOWED = "allowed"
    EXPLICIT_DENY = "explicitly denied"
    IMPLICIT_DENY = "implicitly denied"


class PolicyKind(StrEnum):
    """What a policy is attached to, which decides what may stand in it and what it can do."""

    IDENTITY = "identity"
    TRUST = "trust"
    RESOURCE = "resource"
    BOUNDARY = "boundary"
    SESSION = "session"
    SERVICE_CONTROL = "service control"


_CALLER = re.compile(
    r"arn:[a-z-]+:(?:"
    r"iam::(?P<iam>[0-9]{12}):(?:root|user/.+)"
    r"|sts::(?P<sts>[0-9]{12}):(?:assumed-role/(?P<role>[^/]+)/[^/]+|federated-user/.+)"
    r")",
    re.DOTALL,
)
_ACCOUNT = re.compile(r"[0-9]{12}")
_ACTION = re.compile(r"[A-Za-z0-9-]+:[A-Za-z0-9]+")


@dataclass(frozen=True, slots=True)
class Caller:
    """Who asks.

    ``arn`` is what GetCallerIdentity gives: a user's, the root user's, or that of a session,
    ``arn:aws:sts::A:assumed-role/NAME/SESSION`` or ``arn:aws:sts::A:federated-user/NAME``.
    ``user_id`` is GetCallerIdentity's too: ``AIDA...``, or ``AROA...:SESSION``. A role session
    names its role in ``role_arn``, with the role's path, which the session's own ARN leaves out.

    An AWS service (``service``, its principal such as ``ec2.amazonaws.com``) and somebody whom an
    identity provider vouches for (``federated``, its name or ARN) have neither ARN nor account.

    Raises:
        ValueError: the parts contradict each other, or are no caller's.
    """

    arn: str
    account: str
    user_id: str = ""
    role_arn: str | None = None
    federated: str | None = None
    service: str | None = None

    def __post_init__(self) -> None:
        if self.service or self.federated:
            if self.arn or self.account or self.role_arn or (self.service and self.federated):
                raise ValueError("a service or a federated caller has no ARN and no account")
            return
        found = _CALLER.fullmatch(self.arn)
        if found is None:
            raise ValueError(f"not the ARN of a caller: {self.arn!r}")
        if self.account not in (found["iam"], found["sts"]):
            raise ValueError(f"{self.arn} is not of the account {self.account!r}")
        if found["role"] is None:
            if self.role_arn is not None:
                raise ValueError(f"{self.arn} is no role session, and has no role")
        elif not _is_role(self.role_arn, self.account, found["role"]):
            raise ValueError(f"{self.arn} is a session of another role than {self.role_arn}")

    @property
    def is_root(self) -> bool:
        """Whether this is the account's root user."""
        return self.arn.endswith(":root") and ":iam::" in self.arn

    @property
    def is_principal(self) -> bool:
        """Whether it is an identity of an account, with policies of its own."""
        return not (self.service or self.federated)


def _is_role(arn: str | None, account: str, name: str) -> bool:
    parts = (arn or "").split(":", 5)
    return (
        len(parts) == 6
        and parts[2] == "iam"
        and parts[4] == account
        and parts[5].startswith("role/")
        and parts[5].rpartition("/")[2] == name
    )


@dataclass(frozen=True, slots=True)
class Request:
    """What is asked for.

    ``action`` is the IAM action, e.g. ``s3:ListAllMyBuckets``; ``resource`` the ARN that the
    service checks it against (``arn:aws:s3:::*`` for that action), or ``*`` where an action has no
    resource. ``resource_account`` owns the resource. ``context`` holds the keys that the caller
    does not bring along, such as ``aws:SourceIp`` or ``sts:ExternalId``; several values of one key
    are a tuple, and letter case of keys does not count. What follows from the caller
    (``aws:PrincipalArn``, ``aws:username``, ...) is taken from it alone.

    Raises:
        ValueError: action or resource has no such form, or the resource is another account's.
    """

    caller: Caller
    action: str
    resource: str
    resource_account: str
    context: Mapping[str, str | tuple[str, ...]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        if _ACTION.fullmatch(self.action) is None:
            raise ValueError(f"not an action: {self.action!r}")
        if _ACCOUNT.fullmatch(self.resource_account) is None:
            raise ValueError(f"not an account id: {self.resource_account!r}")
        if self.resource == "*":
            return
        parts = self.resource.split(":", 5)
        if len(parts) != 6 or parts[0] != "arn":
            raise ValueError(f"not a resource: {self.resource!r}")
        if parts[4] != self.resource_account and _ACCOUNT.fullmatch(parts[4]):
            raise ValueError(f"{self.resource} is not of the account {self.resource_account}")


@dataclass(frozen=True, slots=True)
class StatementRef:
    """One statement of one policy. ``index`` counts from 0; ``sid`` is None where it has none."""

    kind: PolicyKind
    name: str
    index: int
    sid: str | None = None

    def __str__(self) -> str:
        policy = f"{self.kind} policy {self.name}" if self.name else f"{self.kind} policy"
        return f"{policy}, statement {self.sid or self.index + 1}"


@dataclass(frozen=True, slots=True)
class Decision:
    """The verdict, and what it rests on.

    ``statements`` are those that decided: for an explicit denial every Deny that applies, for an
    allowed request the Allows that it needed. ``missing`` is for an implicit denial: the kinds of
    policy (values of `PolicyKind`) that had to give an Allow and did not.
    """

    verdict: Verdict
    statements: tuple[StatementRef, ...] = ()
    missing: tuple[str, ...] = ()

    @property
    def allowed(self) -> bool:
        """Whether the request may go on."""
        return self.verdict is Verdict.ALLOWED
