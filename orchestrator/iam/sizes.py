"""How long policies may be.

IAM User Guide, "IAM and AWS STS quotas". Characters count, white space does not.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from enum import Enum

from orchestrator.iam.model import PolicyError


class SizeLimit(Enum):
    """A quota: its characters, and AWS's name for it."""

    TRUST = (2048, "ACLSizePerRole")
    MANAGED = (6144, "PolicySize")
    ROLE_INLINE = (10_240, "the inline policies of a role together")
    USER_INLINE = (2048, "the inline policies of a user together")
    GROUP_INLINE = (5120, "the inline policies of a group together")
    SESSION = (2048, "PackedPolicySize")

    @property
    def characters(self) -> int:
        """How many characters other than white space fit."""
        return self.value[0]


def size(document: str | Mapping[str, object]) -> int:
    """The characters of a policy that AWS counts."""
    text = document if isinstance(document, str) else json.dumps(document, ensure_ascii=False)
    return len("".join(text.split()))


def check_size(limit: SizeLimit, *documents: str | Mapping[str, object]) -> None:
    """Whether the documents, taken together, keep within the limit.

    Raises:
        PolicyError: they do not.
    """
    if sum(map(size, documents)) > limit.characters:
        raise PolicyError(f"Cannot exceed quota for {limit.value[1]}: {limit.characters}")
