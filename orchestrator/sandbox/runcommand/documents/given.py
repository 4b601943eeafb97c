"""The rules for the parameters that a command brings to its document."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from typing import Any

from orchestrator.sandbox.runcommand.documents.model import LARGEST, Document
from orchestrator.sandbox.runcommand.errors import ApiError


def check_parameters(document: Document, parameters: Mapping[str, Sequence[str]]) -> None:
    """InvalidParameters where they do not suit, MaxDocumentSizeExceeded beyond 64 KB."""
    unknown = sorted(set(parameters) - set(document.parameters))
    if unknown:
        raise _invalid(f"Parameters {unknown} are not in the document.")
    for name, definition in document.parameters.items():
        items = parameters.get(name)
        if items is None and "default" not in definition:
            raise _invalid(f"Parameter {name} needs at least one value.")
        if items is not None:
            _check(name, definition, items)
    given = json.dumps(parameters, ensure_ascii=False).encode("utf-8", "replace")
    if document.size + len(given) > LARGEST:
        raise ApiError("MaxDocumentSizeExceeded", "The size limit of a document is 64 KB.")


def _check(name: str, definition: Mapping[str, Any], items: Sequence[str]) -> None:
    if definition["type"] == "String" and len(items) != 1:
        raise _invalid(f"Parameter {name} takes exactly one value.")
    if "default" not in definition and not items:
        raise _invalid(f"Parameter {name} needs at least one value.")
    _within(name, len(items), definition, "Items")
    allowed, pattern = definition.get("allowedValues"), definition.get("allowedPattern")
    for item in items:
        _within(name, len(item), definition, "Chars")
        if allowed is not None and item not in allowed:
            raise _invalid(f"Parameter {name} has a value that is not among its allowedValues.")
        if pattern is not None and not re.search(pattern, item):
            raise _invalid(f"Parameter {name} does not match its allowedPattern {pattern}.")


def _within(name: str, size: int, definition: Mapping[str, Any], unit: str) -> None:
    least, most = definition.get(f"min{unit}", 0), definition.get(f"max{unit}")
    if size < int(least) or (most is not None and size > int(most)):
        raise _invalid(f"Parameter {name} has not as many {unit.lower()} as it may have.")


def _invalid(message: str) -> ApiError:
    return ApiError("InvalidParameters", message)
