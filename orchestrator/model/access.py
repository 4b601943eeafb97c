"""What could be read of the policies that a switch rests on, in the operator's accounts."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

MOST_POLICIES = 20
"""Inline policies of a role that are read, and managed ones: no role may have more attached (IAM
User Guide, "IAM and AWS STS quotas")."""


AGENT_REPORTS = "ssm:UpdateInstanceInformation"
"""What the SSM agent must be allowed on its own instance, or SSM does not know that it is there."""

AGENT_CHANNELS: Mapping[str, tuple[str, ...]] = {
    "ssmmessages": (
        "ssmmessages:CreateControlChannel",
        "ssmmessages:CreateDataChannel",
        "ssmmessages:OpenControlChannel",
        "ssmmessages:OpenDataChannel",
    ),
    "ec2messages": (
        "ec2messages:AcknowledgeMessage",
        "ec2messages:DeleteMessage",
        "ec2messages:FailMessage",
        "ec2messages:GetEndpoint",
        "ec2messages:GetMessages",
        "ec2messages:SendReply",
    ),
}
"""The two channels on which an agent gets its commands, each with what it needs there; one is
enough. All of it stands in the managed policy AmazonSSMManagedInstanceCore."""


@dataclass(frozen=True, slots=True)
class PolicyText:
    """A policy as IAM keeps it: its name (an ARN, for a managed one) and its JSON."""

    name: str
    document: str


@dataclass(frozen=True, slots=True)
class Unread:
    """Something that could not be read.

    ``permission`` is the IAM action that the reader lacks; it is empty where no permission would
    help. ``resource`` is what it was asked about, ``reason`` is for people.
    """

    resource: str
    reason: str
    permission: str = ""

    def __str__(self) -> str:
        ask = f" (ask for {self.permission})" if self.permission else ""
        return f"could not read {self.resource}: {self.reason}{ask}"


@dataclass(frozen=True, slots=True)
class RoleRead:
    """One role, as far as it could be read.

    ``asked`` is the ARN that was meant; ``arn`` is the role's own, with its path. ``exists`` is
    None where nobody could tell. ``policies`` are its identity policies; ``whole`` says that
    there are no others. ``bounded`` says whether it has a permissions boundary (None: unknown),
    ``boundary`` is that policy. ``tags`` are None where they are unknown. ``others`` are the
    ARNs of the account's other roles, listed only where this one does not exist.
    """

    asked: str
    exists: bool | None = None
    arn: str = ""
    trust: str | None = None
    longest_session: int | None = None
    tags: Mapping[str, str] | None = None
    policies: tuple[PolicyText, ...] = ()
    whole: bool = False
    bounded: bool | None = None
    boundary: PolicyText | None = None
    others: tuple[str, ...] = ()
    unread: tuple[Unread, ...] = ()


@dataclass(frozen=True, slots=True)
class AccessWanted:
    """What has to be read: ARNs of roles, each with its identity policies or without.

    ``caller`` is the instance's role, as its session names it: without a path. ``target`` is the
    role to switch to. ``bucket`` is one whose policy has a say.
    """

    caller: str | None = None
    target: str | None = None
    target_policies: bool = False
    bucket: str | None = None


@dataclass(frozen=True, slots=True)
class AccessRead:
    """What was read of it. A side is None where it was not asked for.

    ``bucket_policy`` is None where there is none or it was not read; ``unread`` tells which.
    """

    caller: RoleRead | None = None
    target: RoleRead | None = None
    bucket_policy: PolicyText | None = None
    bucket_unread: tuple[Unread, ...] = field(default=())

    @property
    def unread(self) -> tuple[Unread, ...]:
        """All that could not be read, each once."""
        sides = [role.unread for role in (self.caller, self.target) if role is not None]
        every = [item for side in (*sides, self.bucket_unread) for item in side]
        return tuple(dict.fromkeys(every))
