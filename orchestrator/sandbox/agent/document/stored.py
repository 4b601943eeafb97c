"""References to Parameter Store, ``{{ssm:name}}`` or ``{{ssm:name:version}}``.

They are resolved on the host, before anything of the document starts (amazon-ssm-agent's
docparser/parameterstore). ``{{ssm-secure:name}}`` is not among them and stays as it is.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from orchestrator.sandbox.agent.document.model import RefusedError
from orchestrator.sandbox.parts import ParameterStore, StoredParameter

_REFERENCE = re.compile(r"\{\{ *ssm:([/\w.:-]+) *\}\}", re.ASCII)
_NAMES_A_CALL = 10
_NOT_A_LIST = "Encountered error while parsing input - internal error"

Found = Mapping[str, StoredParameter]
"""From a whole reference, braces and all, to what the store has for it."""


def resolved(value: Any, store: ParameterStore) -> Any:
    """The value with every reference replaced. RefusedError if one cannot be.

    Asks the store only if there is any reference at all.
    """
    references = list(dict.fromkeys(_references(value)))
    return _replaced(value, _looked_up(references, store)) if references else value


def _references(value: Any) -> Iterator[str]:
    match value:
        case str():
            yield from (found[0] for found in _REFERENCE.finditer(value))
        case Mapping():
            for item in value.values():
                yield from _references(item)
        case list():
            for item in value:
                yield from _references(item)


def _looked_up(references: Sequence[str], store: ParameterStore) -> Found:
    named = {reference: _name(reference) for reference in references}
    names = list(dict.fromkeys(named.values()))
    found: dict[str, StoredParameter] = {}
    for begin in range(0, len(names), _NAMES_A_CALL):
        found.update(store.get_parameters(names[begin : begin + _NAMES_A_CALL]))
    missing = [name for name in names if name not in found]
    if missing:
        raise RefusedError(f"Input contains invalid parameters [{' '.join(missing)}]")
    secret = [found[name].name for name in names if found[name].kind == "SecureString"]
    if secret:
        shown = " ".join(secret)
        raise RefusedError(f"Parameters [{shown}] of type SecureString are not supported")
    return {reference: found[name] for reference, name in named.items()}


def _name(reference: str) -> str:
    match = _REFERENCE.fullmatch(reference)
    assert match
    return match[1]


def _replaced(value: Any, found: Found) -> Any:
    match value:
        case str():
            return _in_text(value, found)
        case Mapping():
            return {key: _replaced(item, found) for key, item in value.items()}
        case [str(), *_]:
            return _in_lines(value, found)
        case list():
            return [_replaced(item, found) for item in value]
        case _:
            return value


def _in_lines(lines: Sequence[Any], found: Found) -> list[str]:
    """A line that is nothing but a StringList becomes as many lines as that has items."""
    made: list[str] = []
    for line in lines:
        if not isinstance(line, str | None):
            raise RefusedError(_NOT_A_LIST)
        whole = found.get((line or "").strip())
        if whole and whole.kind == "StringList":
            made += whole.value.split(",")
        else:
            made.append(_in_text(line or "", found))
    return made


def _in_text(text: str, found: Found) -> str:
    for reference, parameter in found.items():
        if parameter.kind == "StringList" and reference in text:
            message = f"Parameter {parameter.name} of type StringList cannot be used as a String"
            raise RefusedError(message)
        text = text.replace(reference, parameter.value)
    return text
