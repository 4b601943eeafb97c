"""Values of the model as JSON, and back."""

from __future__ import annotations

import json
from functools import cache
from typing import TYPE_CHECKING, Any

from orchestrator.model.codec import as_data

if TYPE_CHECKING:
    from pydantic import TypeAdapter


def to_text(value: object) -> str:
    """Compact JSON."""
    return compact(as_data(value))


def compact(data: object) -> str:
    """Compact JSON of plain data: of what was made of the text of `to_text`, the same text."""
    return json.dumps(data, separators=(",", ":"))


def from_text(kind: Any, text: str) -> Any:
    """The value of that type which `to_text` made the text of; ValueError if it is none."""
    return _adapter(kind).validate_json(text)


@cache
def _adapter(kind: Any) -> TypeAdapter[Any]:
    from pydantic import TypeAdapter

    return TypeAdapter(kind)
