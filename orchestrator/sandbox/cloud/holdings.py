"""What roles, users and groups of an account hold, and what of it is in use."""

from __future__ import annotations

import json
from collections.abc import Mapping
from functools import cache
from typing import Any

from moto.iam.aws_managed_policies import aws_managed_policies_data
from moto.iam.models import AWSManagedPolicy

from orchestrator.sandbox.cloud.state import entities, iam_of, text_of

_OF_AWS = "arn:aws:iam::aws:policy/"


def twin(kind: str, account: str, name: str) -> str | None:
    """The name of one that has the same name, letter case aside."""
    names = (item.name for item in entities(account, kind))
    return next((other for other in names if other.lower() == name.lower()), None)


def inline(kind: str, account: str, name: str) -> Mapping[str, str]:
    """The texts of the inline policies of that role, user or group, by their names."""
    for item in entities(account, kind):
        if item.name == name:
            return {title: text_of(text) for title, text in list(item.policies.items())}
    return {}


def attached(kind: str, account: str, name: str) -> frozenset[str]:
    """The ARNs of the managed policies attached to that role, user or group."""
    found = (item for item in entities(account, kind) if item.name == name)
    return frozenset(p.arn for item in found for p in list(item.managed_policies.values()))


def knows_policy(account: str, arn: str) -> bool:
    """Whether that managed policy can be attached in the account."""
    know_managed_policy(account, arn)
    return arn in iam_of(account).managed_policies


def uses_of_policy(account: str, arn: str) -> int:
    """How many hold that managed policy: attached, or as their boundary."""
    holders = [item for kind in ("role", "user", "group") for item in entities(account, kind)]
    bounds = [getattr(item, "permissions_boundary_arn", None) for item in holders]
    held = [policy.arn for item in holders for policy in list(item.managed_policies.values())]
    return bounds.count(arn) + held.count(arn)


def versions_of_policy(account: str, arn: str) -> int:
    """How many versions of that managed policy there are; 0 where there is no such policy."""
    found = iam_of(account).managed_policies.get(arn)
    return len(found.versions) if found else 0


def other_versions(account: str, arn: str) -> list[str]:
    """The ids of that managed policy's versions but for the default one, the oldest first."""
    found = iam_of(account).managed_policies.get(arn)
    versions = list(found.versions) if found else []
    return [v.version_id for v in versions if v.version_id != found.default_version_id]


def belongings(account: str, kind: str, name: str) -> int:
    """What hangs on a user or a group: keys, memberships and policies."""
    groups = entities(account, "group")
    if kind == "user":
        found = iam_of(account).users.get(name)
        held = len(found.access_keys) if found else 0
        held += sum(found in group.users for group in groups)
    else:
        held = sum(len(group.users) for group in groups if group.name == name)
    return held + len(inline(kind, account, name)) + len(attached(kind, account, name))


def know_managed_policy(account: str, arn: str) -> None:
    """Let the account know one of AWS's own policies, where moto has it in its data.

    moto would load all of them for each account at once, which takes longer than all the rest.
    """
    known = iam_of(account).managed_policies
    name = arn.removeprefix(_OF_AWS).rpartition("/")[2]
    if arn.startswith(_OF_AWS) and arn not in known and name in _managed():
        policy = AWSManagedPolicy.from_data(name, account, "us-east-1", _managed()[name])
        known[policy.arn] = policy


@cache
def _managed() -> Mapping[str, Any]:
    found: Mapping[str, Any] = json.loads(aws_managed_policies_data)
    return found
