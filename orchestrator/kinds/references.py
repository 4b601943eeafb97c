"""References in a runbook's texts: ``${input}``, ``${input.account}``, ``${input.name}``."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import NamedTuple

FACTS = ("instance_id",)
"""What is not an input but a fact of each host, known only there."""

PARTS = ("account", "name")
"""What a reference may take from the ARN of a role."""

NAME = r"[a-z][a-z0-9_]{0,63}"
"""The form of an input's name."""

_REFERENCE = re.compile(rf"\$\{{({NAME})(?:\.({NAME}))?\}}")


class Reference(NamedTuple):
    """One reference: the input's name, and the part of it that is meant, if not all."""

    name: str
    part: str | None = None


def references(text: str) -> tuple[Reference, ...]:
    """Every reference in the text, in order.

    Raises:
        ValueError: a ``${`` begins something that is no reference.
    """
    found = tuple(Reference(*match.groups()) for match in _REFERENCE.finditer(text))
    if "${" in _REFERENCE.sub("", text):
        raise ValueError("a ${ without a name and } after it")
    return found


def sole_fact(text: str) -> str | None:
    """The fact that the text is, if it is a reference to a fact and nothing else."""
    found = _REFERENCE.fullmatch(text)
    return found[1] if found and found[1] in FACTS and found[2] is None else None


def fill(text: str, value_of: Callable[[Reference], str]) -> str:
    """The text with every reference replaced by its value. Values are never looked into again."""
    return _REFERENCE.sub(lambda match: value_of(Reference(*match.groups())), text)
