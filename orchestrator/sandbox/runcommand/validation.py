"""Requests held against the API model of botocore: types, lengths, ranges, patterns, enums.

botocore's own validation knows only types and minima, and other clients may not validate at all;
the service refuses all of these with ValidationException.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from functools import cache
from typing import Any

from botocore.loaders import Loader
from botocore.model import ServiceModel, Shape

from orchestrator.sandbox.runcommand.errors import ApiError

_TYPES: Mapping[str, type | tuple[type, ...]] = {
    "structure": dict,
    "map": dict,
    "list": list,
    "string": str,
    "boolean": bool,
    "integer": int,
    "long": int,
    "timestamp": (int, float),
}
_CLASSES = {r"\p{L}\p{Z}\p{N}_": r"\w\s", r"\s\p{L}0-9_": r"\w\s"}


@cache
def api_model(service: str) -> ServiceModel:
    """The model of that service that botocore ships."""
    return ServiceModel(Loader().load_service_model(service, "service-2"), service)


def validate(operation: str, request: Any, service: str = "ssm") -> None:
    """ValidationException with every finding; SerializationException where a type is wrong."""
    shape = api_model(service).operation_model(operation).input_shape
    found = list(_findings(shape, request, ""))
    if found:
        plural = "s" if len(found) > 1 else ""
        message = f"{len(found)} validation error{plural} detected: {'; '.join(found)}"
        raise ApiError("ValidationException", message)


def _findings(shape: Shape, value: Any, where: str) -> Iterator[str]:
    _check_type(shape, value, where)
    yield from _about_size(shape, value, where)
    if shape.type_name == "structure":
        yield from _in_structure(shape, value, where)
    elif shape.type_name == "list":
        for number, item in enumerate(value, start=1):
            yield from _findings(shape.member, item, f"{where}.{number}.member")
    elif shape.type_name == "map":
        for key, item in value.items():
            yield from _findings(shape.key, key, f"{where}.key")
            yield from _findings(shape.value, item, f"{where}.{key}.member")
    elif shape.type_name == "string":
        yield from _about_text(shape, value, where)


def _check_type(shape: Shape, value: Any, where: str) -> None:
    is_right = isinstance(value, _TYPES[shape.type_name])
    if not is_right or (isinstance(value, bool) and shape.type_name != "boolean"):
        message = f"{where or 'The request'} is not a {shape.type_name}"
        raise ApiError("SerializationException", message)


def _in_structure(shape: Shape, value: Mapping[str, Any], where: str) -> Iterator[str]:
    prefix = f"{where}." if where else ""
    for name in shape.required_members:
        if value.get(name) is None:
            yield _broken(None, prefix + _lower(name), "Member must not be null")
    for name, member in shape.members.items():
        if value.get(name) is not None:
            yield from _findings(member, value[name], f"{prefix}{_lower(name)}")


def _about_size(shape: Shape, value: Any, where: str) -> Iterator[str]:
    least, most = shape.metadata.get("min"), shape.metadata.get("max")
    is_number = shape.type_name in {"integer", "long"}
    if not is_number and shape.type_name not in {"string", "list", "map"}:
        return
    size, kind = (value, "value") if is_number else (len(value), "length")
    if least is not None and size < least:
        yield _broken(value, where, f"Member must have {kind} greater than or equal to {least}")
    if most is not None and size > most:
        yield _broken(value, where, f"Member must have {kind} less than or equal to {most}")


def _about_text(shape: Shape, value: str, where: str) -> Iterator[str]:
    pattern, enum = shape.metadata.get("pattern"), shape.metadata.get("enum")
    if pattern and not _compiled(pattern).fullmatch(value):
        yield _broken(value, where, f"Member must satisfy regular expression pattern: {pattern}")
    if enum and value not in enum:
        yield _broken(value, where, f"Member must satisfy enum value set: [{', '.join(enum)}]")


def _broken(value: Any, where: str, constraint: str) -> str:
    shown = "null" if value is None else f"'{value}'"
    return f"Value {shown} at '{where}' failed to satisfy constraint: {constraint}"


def _lower(name: str) -> str:
    return name[:1].lower() + name[1:]


@cache
def _compiled(pattern: str) -> re.Pattern[str]:
    r"""Java's pattern for Python, which has no ``\p{...}``."""
    for java, python in _CLASSES.items():
        pattern = pattern.replace(java, python)
    return re.compile(pattern, re.ASCII if r"\w\s" not in pattern else 0)
