"""Preconditions of steps: ``{"StringEquals": ["platformType", "Windows"]}``."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from orchestrator.sandbox.agent.document.model import Argument

_PLATFORM = "platformType"
_STORED = re.compile(r"\{\{\s*ssm:[\w/-]+\s*\}\}")
_SECURE = re.compile(r"\{\{\s*ssm-secure:[\w/-]+\s*\}\}")


@dataclass(frozen=True, slots=True)
class Finding:
    """What is to be said of one condition. ``is_unmet``: it is sound, and does not hold."""

    words: str
    is_unmet: bool = False


def findings(conditions: Mapping[str, Sequence[Argument]], platform: str) -> tuple[Finding, ...]:
    """All that keeps a step from running on this platform, such as ``Linux``; none if it may."""
    made = [_finding(operator, pair, platform) for operator, pair in conditions.items()]
    return tuple(finding for finding in made if finding)


def _finding(operator: str, pair: Sequence[Argument], platform: str) -> Finding | None:
    if operator != "StringEquals":
        return Finding(f'unrecognized operator: "{operator}"')
    if len(pair) != 2:
        return Finding('"StringEquals": operator accepts exactly 2 arguments')
    one, other = pair
    if fault := _fault(one, other):
        return Finding(f'"StringEquals": {fault}')
    shown = f'"StringEquals": [{one.written}, {other.written}]'
    if _PLATFORM in {one.written, other.written}:
        wanted = other if one.written == _PLATFORM else one
        holds = wanted.written.lower() == platform.lower()
    else:
        holds = one.resolved == other.resolved
    return None if holds else Finding(shown, is_unmet=True)


def _fault(one: Argument, other: Argument) -> str:
    """What makes the condition itself wrong, whatever the values are."""
    written = one.written, other.written
    if one.written == other.written:
        shown = f"[{_PLATFORM} {_PLATFORM}]"
        return shown if one.written == _PLATFORM else "operator's arguments can't be identical"
    for pattern, kind in ((_STORED, "SSM"), (_SECURE, "secure SSM")):
        if any(map(pattern.search, written)):
            return f"operator's arguments can't contain {kind} parameters"
    if _PLATFORM in written:
        return _fault_of_platform(other if one.written == _PLATFORM else one)
    if all(argument.written == argument.resolved for argument in (one, other)):
        return "at least one of operator's arguments must contain a valid document parameter"
    return ""


def _fault_of_platform(wanted: Argument) -> str:
    if wanted.written.lower() == wanted.resolved.lower():
        return ""
    return "the second argument for the platformType variable can't contain document parameters"
