"""The kinds of values that only the stacks have. The templates check the same once more."""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Mapping

from orchestrator.kinds import KEY_PREFIX, KINDS, Kind, form

_NAME = r"[A-Za-z0-9_+=,.@-]"
_PRINCIPAL = re.compile(r"arn:aws[a-z-]*:iam::[0-9]{12}:(user|role)/[A-Za-z0-9_+=,.@/-]{1,575}")


# RFC 1918 and RFC 4193. "aws:SourceIp" in the IAM User Guide: public addresses alone.
_PRIVATE = tuple(
    ipaddress.ip_network(text)
    for text in ("10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "fc00::/7")
)


def _principal(value: str) -> None:
    if value.startswith("arn:aws:sts:"):
        raise ValueError("the ARN of a session, which is gone when the session ends")
    if _PRINCIPAL.fullmatch(value) is None:
        raise ValueError("not the ARN of a user or a role")


def _network(value: str) -> None:
    if "/" not in value:
        raise ValueError("not a range of addresses")
    try:
        network = ipaddress.ip_network(value)
    except ValueError as error:
        raise ValueError(f"not a range of addresses: {error}") from None
    first = network.network_address
    if any(first.version == own.version and first in own for own in _PRIVATE):
        raise ValueError("a range of private addresses, which STS never sees")


def _feature(value: str) -> None:
    if value not in FEATURES:
        raise ValueError("not a feature")


FEATURES: Mapping[str, str] = {
    "run": "Run",
    "linux": "RunOnLinux",
    "explain": "Explain",
    "doctor": "Doctor",
    "groups": "Groups",
    "schedule": "Schedule",
}
"""What the operator's policy can be made for, with the parameters that switch it."""

OWN_KINDS: Mapping[str, Kind] = {
    **KINDS,
    # By its name, where "bucket" becomes an ARN.
    "bucket-name": KINDS["bucket"],
    "key-prefix": KEY_PREFIX,
    # CloudFormation API Reference, CreateStack, StackName.
    "stack-name": Kind(
        "a stack name",
        "a letter, then at most 127 letters, digits and hyphens",
        "orch-instance-role",
        form(r"[a-zA-Z][-a-zA-Z0-9]{0,127}", "a stack name"),
    ),
    # AWS Organizations API Reference, Organization, Id.
    "organization-id": Kind(
        "the id of an organization",
        "o- and 10 to 32 lowercase letters and digits",
        "o-a1b2c3d4e5",
        form(r"o-[a-z0-9]{10,32}", "the id of an organization"),
    ),
    # "Rules for tagging in IAM and AWS STS" in the IAM User Guide.
    "tag-value": Kind(
        "the value of a tag",
        "1 to 256 letters, digits, blanks and _ . : / = + @ -",
        "production",
        form(r"[A-Za-z0-9 _.:/=+@-]{1,256}", "the value of a tag"),
    ),
    "network": Kind("a range of addresses", "CIDR notation", "203.0.113.0/24", _network),
    "principal-arn": Kind(
        "the ARN of a user or a role",
        "arn:PARTITION:iam::ACCOUNT:user/NAME or :role/NAME",
        "arn:aws:iam::111111111111:user/operator",
        _principal,
    ),
    # IAM API Reference, CreatePolicy, PolicyName.
    "policy-name": Kind(
        "the name of a policy",
        "1 to 128 letters, digits and _ + = , . @ -",
        "OrchOperator",
        form(rf"{_NAME}{{1,128}}", "the name of a policy"),
    ),
    "feature": Kind("a feature", f"one of {', '.join(FEATURES)}", "run", _feature),
}
