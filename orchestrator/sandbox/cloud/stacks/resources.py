"""Which API calls make, change and remove a resource of a stack.

They are those of the resource types' own handlers (the ``handlers`` of their schemas in the
CloudFormation registry), as far as they matter here.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from orchestrator.sandbox.cloud import holdings
from orchestrator.sandbox.cloud.stacks.paper import BUCKET, POLICY, PROFILE, ROLE, Planned

_MOST_VERSIONS = 5


@dataclass(frozen=True, slots=True)
class Call:
    """An API call. ``operation`` is named as IAM's actions are."""

    operation: str
    members: Mapping[str, str] = field(default_factory=dict)
    service: str = "iam"


def making(item: Planned) -> Iterator[Call]:
    """The calls that make it."""
    return _MAKING[item.type](item)


def changing(old: Planned, new: Planned, account: str) -> Iterator[Call]:
    """The calls that bring it from the old to the new."""
    if old.type == ROLE:
        return _change_role(old, new)
    return _change_profile(old, new) if old.type == PROFILE else _change_policy(new, account)


def removing(item: Planned, account: str) -> Iterator[Call]:
    """The calls that remove it."""
    return _REMOVING[item.type](item, account)


def _make_role(role: Planned) -> Iterator[Call]:
    given = role.properties
    members = {
        "RoleName": role.name,
        "Path": given.get("Path", "/"),
        "AssumeRolePolicyDocument": _text(given.get("AssumeRolePolicyDocument", "")),
        **{name: str(given[name]) for name in _OF_ROLE if given.get(name)},
    }
    yield Call("CreateRole", members | _tags(given.get("Tags", [])))
    for name, document in _inline(role).items():
        yield _put(role, name, document)
    for arn in given.get("ManagedPolicyArns", []):
        yield Call("AttachRolePolicy", {"RoleName": role.name, "PolicyArn": arn})
    yield Call("GetRole", {"RoleName": role.name})


_OF_ROLE = ("Description", "MaxSessionDuration", "PermissionsBoundary")


def _change_role(old: Planned, new: Planned) -> Iterator[Call]:
    before, after, role = old.properties, new.properties, {"RoleName": new.name}
    if before["AssumeRolePolicyDocument"] != after["AssumeRolePolicyDocument"]:
        text = _text(after["AssumeRolePolicyDocument"])
        yield Call("UpdateAssumeRolePolicy", {**role, "PolicyDocument": text})
    own = [(given.get("Description"), given.get("MaxSessionDuration")) for given in (before, after)]
    if own[0] != own[1]:
        length = str(after.get("MaxSessionDuration", 3600))
        described = {"Description": after.get("Description", "")}
        yield Call("UpdateRole", {**role, **described, "MaxSessionDuration": length})
    yield from _change_boundary(before, after, role)
    yield from _change_inline(old, new)
    was, now = (given.get("ManagedPolicyArns", []) for given in (before, after))
    for arn in (arn for arn in was if arn not in now):
        yield Call("DetachRolePolicy", {**role, "PolicyArn": arn})
    for arn in (arn for arn in now if arn not in was):
        yield Call("AttachRolePolicy", {**role, "PolicyArn": arn})
    yield from _change_tags(before.get("Tags", []), after.get("Tags", []), role)


def _change_boundary(
    before: Mapping[str, Any], after: Mapping[str, Any], role: Mapping[str, str]
) -> Iterator[Call]:
    was, now = before.get("PermissionsBoundary"), after.get("PermissionsBoundary")
    if now and was != now:
        yield Call("PutRolePermissionsBoundary", {**role, "PermissionsBoundary": now})
    elif was and not now:
        yield Call("DeleteRolePermissionsBoundary", dict(role))


def _change_inline(old: Planned, new: Planned) -> Iterator[Call]:
    before, after = _inline(old), _inline(new)
    for name, document in after.items():
        if before.get(name) != document:
            yield _put(new, name, document)
    for name in before:
        if name not in after:
            yield Call("DeleteRolePolicy", {"RoleName": new.name, "PolicyName": name})


def _change_tags(before: list[Any], after: list[Any], role: Mapping[str, str]) -> Iterator[Call]:
    kept = {tag["Key"] for tag in after}
    gone = [tag["Key"] for tag in before if tag["Key"] not in kept]
    if gone:
        keys = {f"TagKeys.member.{number}": key for number, key in enumerate(gone, 1)}
        yield Call("UntagRole", {**role, **keys})
    if new := [tag for tag in after if tag not in before]:
        yield Call("TagRole", {**role, **_tags(new)})


def _remove_role(role: Planned, _account: str) -> Iterator[Call]:
    name = {"RoleName": role.name}
    for arn in role.properties.get("ManagedPolicyArns", []):
        yield Call("DetachRolePolicy", {**name, "PolicyArn": arn})
    for policy in _inline(role):
        yield Call("DeleteRolePolicy", {**name, "PolicyName": policy})
    yield Call("DeleteRole", name)


def _make_profile(profile: Planned) -> Iterator[Call]:
    path = profile.properties.get("Path", "/")
    yield Call("CreateInstanceProfile", {"InstanceProfileName": profile.name, "Path": path})
    yield from (_member("AddRoleTo", profile, role) for role in profile.properties["Roles"])


def _change_profile(old: Planned, new: Planned) -> Iterator[Call]:
    before, after = old.properties["Roles"], new.properties["Roles"]
    # A profile holds one role at most, so the old one goes first.
    yield from (_member("RemoveRoleFrom", new, role) for role in before if role not in after)
    yield from (_member("AddRoleTo", new, role) for role in after if role not in before)


def _remove_profile(profile: Planned, _account: str) -> Iterator[Call]:
    yield from (_member("RemoveRoleFrom", profile, role) for role in profile.properties["Roles"])
    yield Call("DeleteInstanceProfile", {"InstanceProfileName": profile.name})


def _member(verb: str, profile: Planned, role: str) -> Call:
    names = {"InstanceProfileName": profile.name, "RoleName": role}
    return Call(f"{verb}InstanceProfile", names)


def _make_policy(policy: Planned) -> Iterator[Call]:
    given = policy.properties
    members = {"PolicyName": policy.name, "Path": given.get("Path", "/")}
    if "Description" in given:
        members["Description"] = given["Description"]
    document = {"PolicyDocument": _text(given.get("PolicyDocument", ""))}
    yield Call("CreatePolicy", members | document)


def _change_policy(new: Planned, account: str) -> Iterator[Call]:
    """Give it another default version; the oldest goes where there are as many as there may be."""
    name = {"PolicyArn": new.arn}
    yield Call("ListPolicyVersions", name)
    others = holdings.other_versions(account, new.arn)
    if len(others) + 1 >= _MOST_VERSIONS:
        yield Call("DeletePolicyVersion", {**name, "VersionId": others[0]})
    document = {"PolicyDocument": _text(new.properties["PolicyDocument"])}
    yield Call("CreatePolicyVersion", {**name, **document, "SetAsDefault": "true"})


def _remove_policy(policy: Planned, account: str) -> Iterator[Call]:
    name = {"PolicyArn": policy.arn}
    yield Call("ListPolicyVersions", name)
    for version in holdings.other_versions(account, policy.arn):
        yield Call("DeletePolicyVersion", {**name, "VersionId": version})
    yield Call("DeletePolicy", name)


def _make_bucket(bucket: Planned) -> Iterator[Call]:
    yield Call("PUT", {"Bucket": bucket.name}, "s3")


def _remove_bucket(bucket: Planned, _account: str) -> Iterator[Call]:
    yield Call("DELETE", {"Bucket": bucket.name}, "s3")


_MAKING: Mapping[str, Callable[[Planned], Iterator[Call]]] = {
    ROLE: _make_role,
    PROFILE: _make_profile,
    POLICY: _make_policy,
    BUCKET: _make_bucket,
}
_REMOVING: Mapping[str, Callable[[Planned, str], Iterator[Call]]] = {
    ROLE: _remove_role,
    PROFILE: _remove_profile,
    POLICY: _remove_policy,
    BUCKET: _remove_bucket,
}


def _inline(role: Planned) -> Mapping[str, Any]:
    return {
        item["PolicyName"]: item["PolicyDocument"] for item in role.properties.get("Policies", [])
    }


def _put(role: Planned, name: str, document: Any) -> Call:
    members = {"RoleName": role.name, "PolicyName": name, "PolicyDocument": _text(document)}
    return Call("PutRolePolicy", members)


def _tags(tags: list[Any]) -> dict[str, str]:
    return {
        f"Tags.member.{number}.{part}": tag[part]
        for number, tag in enumerate(tags, 1)
        for part in ("Key", "Value")
    }


def _text(document: Any) -> str:
    return document if isinstance(document, str) else json.dumps(document)
