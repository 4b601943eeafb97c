"""CloudFormation's answers in the query protocol: from plain values to XML."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from datetime import datetime
from typing import Any
from xml.sax.saxutils import escape

_NAMESPACE = "http://cloudformation.amazonaws.com/doc/2010-05-15/"


def answer(operation: str, result: Mapping[str, Any]) -> bytes:
    """The answer. A member that is None or an empty text is left out."""
    text = (
        f'<{operation}Response xmlns="{_NAMESPACE}"><{operation}Result>{_inside(result)}'
        f"</{operation}Result><ResponseMetadata><RequestId>{uuid.uuid4()}</RequestId>"
        f"</ResponseMetadata></{operation}Response>"
    )
    return text.encode()


def _inside(value: Any) -> str:
    if isinstance(value, Mapping):
        return "".join(
            f"<{name}>{_inside(item)}</{name}>"
            for name, item in value.items()
            if item is not None and item != ""
        )
    if isinstance(value, list):
        return "".join(f"<member>{_inside(item)}</member>" for item in value)
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, datetime):
        return f"{value:%Y-%m-%dT%H:%M:%S}.{value.microsecond // 1000:03}Z"
    return escape("".join(c if c.isprintable() or c in "\n\t" else "?" for c in str(value)))
