"""Policy statements that can be pasted as they are."""

from __future__ import annotations

import json


def assume_statement(role_arn: str) -> str:
    """For the instance role's policy: it may assume that one role."""
    return allow_statement("sts:AssumeRole", role_arn)


AS_THE_HOST_SAYS = (
    " (the principal is who the host says that it is: see that it is the role of its instance "
    "profile)"
)
"""Stands beside a statement whose principal nobody has read but on the host itself."""


def trust_statement(caller_arn: str) -> str:
    """For the target role's trust policy: that one role may assume it."""
    principal = {"AWS": caller_arn}
    return _json({"Effect": "Allow", "Principal": principal, "Action": "sts:AssumeRole"})


def list_statement() -> str:
    """For the target role's policy. ListAllMyBuckets knows no narrower resource (IAM reference)."""
    return allow_statement("s3:ListAllMyBuckets", "*")


def allow_statement(action: str, resource: str) -> str:
    """For a role's policy: it may do that one thing."""
    return _json({"Effect": "Allow", "Action": action, "Resource": resource})


def _json(statement: dict[str, object]) -> str:
    return json.dumps(statement)
