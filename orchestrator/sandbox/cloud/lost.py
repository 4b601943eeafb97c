"""Principals that a policy names and that are not there."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from typing import Any

from orchestrator.sandbox import world
from orchestrator.sandbox.cloud import state

_OF_IAM = re.compile(r"arn:aws:iam::(?P<account>\d{12}):(?:role|user)/.+", re.ASCII)
_UNIQUE_ID = re.compile(r"A[A-Z]{3}[A-Z0-9]{12,}")


def lost_principal(policy: str) -> str | None:
    """A role or a user that should be in one of the sandbox's accounts, and is not there.

    AWS refuses such a policy, and so one that holds the unique id of somebody gone. ``policy`` is
    one that `parse_policy` takes.
    """
    known = state.principals()
    there = {*known, *known.values()}
    for name in _named(json.loads(policy)):
        found = _OF_IAM.fullmatch(name)
        is_ours = found is not None and found["account"] in world.ACCOUNTS
        if (is_ours or _UNIQUE_ID.fullmatch(name)) and name not in there:
            return name
    return None


def _named(document: Mapping[str, Any]) -> Iterator[str]:
    statements = document["Statement"]
    for statement in statements if isinstance(statements, list) else [statements]:
        for element in ("Principal", "NotPrincipal"):
            kinds = statement.get(element)
            names = kinds.get("AWS", []) if isinstance(kinds, dict) else []
            yield from names if isinstance(names, list) else [names]
