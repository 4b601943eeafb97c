"""A document's own parameters: their values, and the places where they stand.

It is plain replacement of text, without any quoting, and not repeated within what was put in
(amazon-ssm-agent's docparser/parameters).
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from orchestrator.sandbox.agent.document.words import compact

_NAME = re.compile(r"[a-zA-Z0-9]+")
_PLACE = re.compile(r"\{\{[\t\n\f\r ]*([a-zA-Z0-9]+)[\t\n\f\r ]*\}\}")


def values_of(definitions: Mapping[str, Any], given: Mapping[str, Any]) -> Mapping[str, Any]:
    """The given values, and the defaults of what is defined and not given: None if it has none.

    Values with names of anything but letters and digits are left out.
    """
    known = {name: value for name, value in given.items() if _NAME.fullmatch(name)}
    defaults = {
        name: definition.get("default")
        for name, definition in definitions.items()
        if name not in known
    }
    return {**known, **defaults}


def replaced(value: Any, values: Mapping[str, Any]) -> Any:
    """The value with every ``{{ name }}`` of a known name replaced, however deep it lies.

    A text that is nothing but one placeholder becomes the parameter's value, of whatever type.
    """
    match value:
        case str():
            whole = _PLACE.fullmatch(value)
            if whole and whole[1] in values:
                return values[whole[1]]
            return _PLACE.sub(lambda place: _put_in(place, values), value)
        case Mapping():
            return {key: replaced(item, values) for key, item in value.items()}
        case list():
            return [replaced(item, values) for item in value]
        case _:
            return value


def _put_in(place: re.Match[str], values: Mapping[str, Any]) -> str:
    if place[1] not in values:
        return place[0]
    value = values[place[1]]
    text = value if isinstance(value, str) else compact(value)
    # An old fault of the agent read ``$`` as a reference, and it still serves who doubled it.
    return text.replace("$$", "$")
