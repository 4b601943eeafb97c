"""Whether any policy could treat two instances of one role differently.

The sessions of two instances differ in their name, which is the instance's id and stands in the
ARN and in ``aws:userid``, and in ``ec2:SourceInstanceARN``. A policy tells them apart by an id or a
part of one, or by a variable that stands for one of these.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from orchestrator.sandbox import world
from orchestrator.sandbox.cloud import buckets, state

_INSTANCE = re.compile(r"(?<![A-Za-z0-9_])i-[0-9a-f*?]", re.IGNORECASE)
_VARIABLE = re.compile(
    r"\$\{\s*(aws:userid|aws:principalarn|ec2:sourceinstancearn|sts:rolesessionname)\s*[,}]",
    re.IGNORECASE,
)


def tells_instances_apart(texts: Iterable[str]) -> bool:
    """Whether one of these policies does. It may say yes where none does, and never the reverse."""
    return any(_INSTANCE.search(text) or _VARIABLE.search(text) for text in texts)


def policies() -> Iterator[str]:
    """The text of every policy that may speak about a role's session, in all accounts."""
    for account in world.ACCOUNTS:
        for kept in state.entities(account, "role"):
            role = state.role(kept.arn)
            if role is None:
                continue
            yield role.trust or ""
            yield from (document.text for document in role.identity)
            if role.boundary is not None:
                yield role.boundary.text
    yield from (buckets.policy_of(bucket) for bucket in buckets.with_policy())
