"""The one rule for parameters that the agent itself checks: ``allowedPattern``.

``allowedValues`` and the limits of length are the service's (docparser/paramvalidator).
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

from orchestrator.sandbox.agent.document.model import RefusedError
from orchestrator.sandbox.agent.document.words import compact, text


def check_patterns(definitions: Mapping[str, Any], values: Mapping[str, Any]) -> None:
    """RefusedError with every value that does not match its pattern, anywhere in it."""
    errors = [
        f"error thrown in 'AllowedRegexParamValidator' while validating parameter /{name}/: {why}"
        for name, definition in definitions.items()
        if (why := _finding(definition, values.get(name)))
    ]
    if errors:
        found = "\n".join(errors)
        raise RefusedError(f"all errors during param validation errors: {found}")


def _finding(definition: Mapping[str, Any], value: Any) -> str:
    pattern = definition.get("allowedPattern") or ""
    if not pattern:
        return ""
    try:
        allowed = re.compile(pattern)
    except re.error as error:
        return f"encountered error while compiling allowed pattern - internal error: {error}"
    if value is None or isinstance(value, bool | int | float):
        kind = definition.get("type", "")
        return f"invalid parameter type {kind} with parameter value {text(value)}"
    for shown, tried in _tried(value):
        if not allowed.search(tried):
            return f"parameter value /{shown}/ does not match the allowed pattern /{pattern}/"
    return ""


def _tried(value: Any) -> Iterator[tuple[str, str]]:
    for item in value if isinstance(value, list) else [value]:
        yield text(item), item if isinstance(item, str) else compact(item)
