"""The condition keys of a request: "AWS global condition context keys" in the IAM User Guide."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from wsgiref.types import WSGIEnvironment

from orchestrator.sandbox import world
from orchestrator.sandbox.cloud.identities import Identity

Keys = dict[str, str | tuple[str, ...]]
"""Condition keys with their values."""


def of_identity(identity: Identity) -> Keys:
    """What the caller brings."""
    caller = identity.caller
    found: Keys = {
        "aws:PrincipalArn": caller.role_arn or caller.arn,
        "aws:PrincipalAccount": caller.account,
        "aws:PrincipalType": _kind(identity),
        "aws:userid": caller.user_id,
        "aws:PrincipalIsAWSService": "false",
    }
    if caller.account in world.ACCOUNTS:
        found["aws:PrincipalOrgID"] = world.ORGANIZATION
    if identity.holder is not None and not identity.is_session:
        found["aws:username"] = identity.holder.name
    found |= {f"aws:PrincipalTag/{key}": value for key, value in identity.tags.items()}
    if identity.is_session:
        # The sandbox has no MFA device, and a session always carries the key.
        found["aws:MultiFactorAuthPresent"] = "false"
    if identity.began is not None:
        found["aws:TokenIssueTime"] = _iso(identity.began)
    if identity.source_identity is not None:
        found["aws:SourceIdentity"] = identity.source_identity
    if identity.source is not None:
        found["ec2:SourceInstanceARN"] = identity.source
    return found


def of_request(environ: WSGIEnvironment, region: str, now: datetime) -> Keys:
    """What the request brings. The wire here is plain HTTP, where AWS's would be TLS."""
    return {
        "aws:SourceIp": str(environ.get("REMOTE_ADDR") or "127.0.0.1"),
        "aws:CurrentTime": _iso(now),
        "aws:EpochTime": str(int(now.timestamp())),
        "aws:SecureTransport": "true",
        "aws:RequestedRegion": region,
        "aws:UserAgent": str(environ.get("HTTP_USER_AGENT", "")),
        "aws:ViaAWSService": "false",
    }


def of_resource(account: str, tags: Mapping[str, str] | None = None) -> Keys:
    """What is known of the resource's account, and of the resource itself."""
    found: Keys = {"aws:ResourceAccount": account}
    for key, value in (tags or {}).items():
        found[f"aws:ResourceTag/{key}"] = found[f"iam:ResourceTag/{key}"] = value
    if account in world.ACCOUNTS:
        found["aws:ResourceOrgID"] = world.ORGANIZATION
    return found


def of_tags(tags: Mapping[str, str]) -> Keys:
    """What a request says that brings tags along."""
    if not tags:
        return {}
    found: Keys = {"aws:TagKeys": tuple(tags)}
    return found | {f"aws:RequestTag/{key}": value for key, value in tags.items()}


def _kind(identity: Identity) -> str:
    if identity.holder is None:
        return "Account"
    return "AssumedRole" if identity.is_session else "User"


def _iso(moment: datetime) -> str:
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
