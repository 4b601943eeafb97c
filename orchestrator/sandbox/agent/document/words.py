"""Values and errors as Go writes them: they stand in what the agent puts into scripts and replies.

A value is what JSON can hold. See Go's packages fmt (``%v``) and encoding/json.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import Any

_ESCAPED = {char: f"\\u{ord(char):04x}" for char in "<>&\u2028\u2029"}
_TEXT = re.compile(r'"(\\.|[^"\\])*"')
_LARGEST_WHOLE = 1e21
"""Numbers from here on are written with an exponent."""

_KEY_EXPECTED = "Expecting property name enclosed in double quotes"
_COMPLAINTS = {
    _KEY_EXPECTED: "looking for beginning of object key string",
    "Expecting value": "looking for beginning of value",
    "Expecting ':' delimiter": "after object key",
    "Extra data": "after top-level value",
}


def text(value: Any) -> str:
    """A value as ``%v`` shows it, e.g. ``map[runCommand:[echo one]]``."""
    match value:
        case None:
            return "<nil>"
        case bool():
            return "true" if value else "false"
        case int() | float():
            return _number(value)
        case str():
            return value
        case Mapping():
            return f"map[{' '.join(f'{key}:{text(value[key])}' for key in sorted(value))}]"
        case _:
            return f"[{' '.join(map(text, value))}]"


def compact(value: Any) -> str:
    """A value as JSON, e.g. ``{"k":"v"}``; what means something in HTML is escaped."""
    match value:
        case Mapping():
            inner = ",".join(f"{compact(key)}:{compact(value[key])}" for key in sorted(value))
            return f"{{{inner}}}"
        case list() | tuple():
            return f"[{','.join(map(compact, value))}]"
        case bool() | None:
            return json.dumps(value)
        case int() | float():
            return _number(value)
        case _:
            written = json.dumps(value, ensure_ascii=False)
            return "".join(_ESCAPED.get(char, char) for char in written)


def kind(value: Any) -> str:
    """What JSON calls the value, as in ``cannot unmarshal array into ...``."""
    match value:
        case bool():
            return "bool"
        case int() | float():
            return "number"
        case str():
            return "string"
        case Mapping():
            return "object"
        case _:
            return "array"


def complaint(error: json.JSONDecodeError) -> str:
    """What Go says of a text that is no JSON."""
    found = error.doc[error.pos : error.pos + 1]
    where = _COMPLAINTS.get(error.msg, "in string literal")
    if error.msg == "Expecting ',' delimiter":
        where = f"after {_place(error.doc[: error.pos])}"
    if not found:
        return "unexpected end of JSON input"
    return f"invalid character {_quoted(found)} {where}"


def _place(before: str) -> str:
    """What has just ended, by the bracket that is still open."""
    opened = []
    for char in _TEXT.sub("", before):
        if char in "{[":
            opened.append(char)
        elif char in "}]":
            opened.pop()
    return "array element" if opened[-1] == "[" else "object key:value pair"


def _quoted(char: str) -> str:
    return "'\\''" if char == "'" else f"'{json.dumps(char, ensure_ascii=False)[1:-1]}'"


def _number(value: float) -> str:
    if float(value).is_integer() and abs(value) < _LARGEST_WHOLE:
        return str(int(value))
    return repr(float(value))
