"""Level 1: kinds of values, by name, and what is right for each.

`check` says of a text whether it is one of its kind. Where a rule is AWS's, its source stands
beside it. `arn`, `duration` and `references` take such texts apart.
"""

from __future__ import annotations

from orchestrator.kinds.arn import dns_suffix, partition_of, role_parts
from orchestrator.kinds.duration import seconds
from orchestrator.kinds.table import KEY_PREFIX, KINDS, RUN_ID, Kind, check, form, shown

__all__ = [
    "KEY_PREFIX",
    "KINDS",
    "RUN_ID",
    "Kind",
    "check",
    "dns_suffix",
    "form",
    "partition_of",
    "role_parts",
    "seconds",
    "shown",
]
