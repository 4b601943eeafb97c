"""Bucket policies, as strictly as S3 takes them.

"Policies and permissions in Amazon S3" and "Blocking public access to your Amazon S3 storage".
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any

from orchestrator.iam import Policy, PolicyError, PolicyKind, parse_policy
from orchestrator.iam.conditions import Clause
from orchestrator.iam.statement import Statement
from orchestrator.sandbox.cloud.lost import lost_principal
from orchestrator.sandbox.cloud.refusals import Protocol, RefusedError

_LONGEST = 20 * 1024
_FIXED = frozenset(
    {
        *("aws:sourceip", "aws:sourcearn", "aws:sourcevpc", "aws:sourcevpce", "aws:sourceaccount"),
        *("aws:userid", "aws:principalorgid", "aws:principalaccount", "aws:principalarn"),
    }
)
"""Keys by which a policy for everyone is none for the public, if their values are fixed."""


def check_bucket_policy(body: bytes, bucket: str) -> None:
    """Raise RefusedError (MalformedPolicy, AccessDenied) for a policy that S3 would not take.

    Every bucket blocks public policies, as new ones do, and the sandbox cannot unblock them.
    """
    if len(body) > _LONGEST:
        raise _malformed("Policies must be no larger than 20 KB")
    try:
        text = body.decode()
        policy = parse_policy(text, PolicyKind.RESOURCE)
    except (PolicyError, UnicodeDecodeError) as error:
        raise _malformed(str(error)) from error
    if lost_principal(text):
        raise _malformed("Invalid principal in policy")
    if not all(_is_of_bucket(resource, bucket) for resource in _resources(json.loads(text))):
        raise _malformed("Policy has invalid resource")
    if not all(action.startswith("s3:") for action in _actions(policy)):
        raise _malformed("Policy has invalid action")
    if any(map(_is_public, policy.statements)):
        message = (
            "User is not authorized to perform: s3:PutBucketPolicy because public policies are "
            "blocked by the BlockPublicPolicy block public access setting."
        )
        raise RefusedError("AccessDenied", message, 403, Protocol.S3)


def _actions(policy: Policy) -> Iterator[str]:
    for statement in policy.statements:
        yield from statement.actions.exact


def _resources(document: Mapping[str, Any]) -> Iterator[str]:
    statements = document["Statement"]
    for statement in statements if isinstance(statements, list) else [statements]:
        for name in ("Resource", "NotResource"):
            found = statement.get(name, [])
            yield from found if isinstance(found, list) else [found]


def _is_of_bucket(resource: str, bucket: str) -> bool:
    arn = f"arn:aws:s3:::{bucket}"
    if resource in {"*", "arn:aws:s3:::*"}:
        return True
    return resource.rstrip("*") == arn or resource.startswith(f"{arn}/")


def _is_public(statement: Statement) -> bool:
    """Whether it lets in everyone, and no condition names who is meant."""
    named = statement.principals
    if statement.denies or named is None or not named.everyone:
        return False
    return not any(_names_somebody(clause) for clause in statement.clauses)


def _names_somebody(clause: object) -> bool:
    return (
        isinstance(clause, Clause)
        and clause.key in _FIXED
        and not (clause.negated or clause.if_exists or clause.over)
    )


def _malformed(message: str) -> RefusedError:
    return RefusedError("MalformedPolicy", message, 400, Protocol.S3)
