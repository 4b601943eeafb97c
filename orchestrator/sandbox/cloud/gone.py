"""What becomes of policies that name a role or a user who is gone.

"If your Principal element [...] contains an ARN that points to a specific IAM role, then that ARN
transforms to the role unique principal ID when you save the policy" (IAM User Guide, "Principal"):
so whoever is made again under the same name is somebody else.
"""

from __future__ import annotations

import json
from collections.abc import Mapping

from moto.iam.models import iam_backends

from orchestrator.sandbox.cloud import buckets, state


def part_with_the_gone(known: Mapping[str, str]) -> None:
    """Let policies keep the ids of those who are gone; ``known`` are the ids before, by ARN."""
    now = state.principals()
    for arn, unique_id in known.items():
        if now.get(arn) != unique_id:
            _replace(arn, unique_id)


def _replace(old: str, new: str) -> None:
    for account in list(iam_backends):
        for role in state.entities(account, "role"):
            text = state.text_of(role.assume_role_policy_document)
            role.assume_role_policy_document = with_principal(text, old, new)
    for bucket in buckets.with_policy():
        bucket.policy = with_principal(buckets.policy_of(bucket), old, new).encode()


def with_principal(policy: str, old: str, new: str) -> str:
    """The policy with another principal. Conditions keep their ARNs, as they do in AWS."""
    document = json.loads(policy)
    statements = document["Statement"]
    changed = False
    for statement in statements if isinstance(statements, list) else [statements]:
        for element in ("Principal", "NotPrincipal"):
            named = statement.get(element)
            found = named.get("AWS", []) if isinstance(named, dict) else []
            listed = found if isinstance(found, list) else [found]
            if old in listed:
                now = [new if name == old else name for name in listed]
                named["AWS"] = now if isinstance(found, list) else new
                changed = True
    return json.dumps(document) if changed else policy
