"""The parameters of a template, and the values that they may have."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from orchestrator.sandbox.cloud.stacks.shapes import PaperError

_CONSTRAINTS = (
    *("Type", "Default", "Description", "NoEcho", "ConstraintDescription"),
    *("AllowedPattern", "AllowedValues", "MinLength", "MaxLength"),
)


def parameter_values(template: Mapping[str, Any], given: Mapping[str, str]) -> dict[str, str]:
    """The values of all parameters, given or by default. PaperError where one may not be so."""
    slots, found = template.get("Parameters") or {}, {}
    if unknown := sorted(set(given) - set(slots)):
        raise PaperError(f"Parameters: [{', '.join(unknown)}] do not exist in the template")
    for name, slot in slots.items():
        if slot.get("Type") not in {"String", "Number", "CommaDelimitedList"}:
            raise PaperError(f"a parameter of the type {slot.get('Type')} is not in the sandbox")
        if unknown := sorted(set(slot) - set(_CONSTRAINTS)):
            raise PaperError(f"{unknown[0]} of the parameter {name} is not in the sandbox")
        value = given.get(name, slot.get("Default"))
        if value is None:
            raise PaperError(f"Parameters: [{name}] must have values")
        _check_value(name, slot, str(value))
        found[name] = str(value)
    return found


def _check_value(name: str, slot: Mapping[str, Any], value: str) -> None:
    """The rules of "Parameters" in the CloudFormation User Guide; a list's hold for each item."""
    is_list = slot["Type"] == "CommaDelimitedList"
    for item in value.split(",") if is_list else [value]:
        if not _keeps(slot, item):
            why = slot.get("ConstraintDescription")
            if why is None and "AllowedPattern" in slot:
                why = f"Member must satisfy regular expression pattern: {slot['AllowedPattern']}"
            elif why is None and "AllowedValues" in slot:
                why = f"must be one of [{', '.join(map(str, slot['AllowedValues']))}]"
            words = f"Parameter {name} failed to satisfy constraint"
            raise PaperError(f"{words}: {why}" if why else words)


def _keeps(slot: Mapping[str, Any], value: str) -> bool:
    pattern, allowed = slot.get("AllowedPattern"), slot.get("AllowedValues")
    return (
        (pattern is None or re.fullmatch(pattern, value) is not None)
        and (allowed is None or value in map(str, allowed))
        and int(slot.get("MinLength", 0)) <= len(value) <= int(slot.get("MaxLength", len(value)))
    )
