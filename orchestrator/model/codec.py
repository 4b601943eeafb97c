"""Frozen dataclasses as plain data, and as JSON that is always the same for the same value."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Mapping
from datetime import datetime
from enum import Enum


def as_data(value: object) -> object:
    """The value as dicts, lists, text, numbers, truth values and None.

    Enums become their values, times ISO 8601, tuples lists. TypeError for anything else.
    """
    if isinstance(value, Enum):
        return value.value
    if value is None or isinstance(value, str | bool | int | float):
        return value
    if isinstance(value, datetime):
        return value.isoformat()
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        return {f.name: as_data(getattr(value, f.name)) for f in dataclasses.fields(value)}
    if isinstance(value, Mapping):
        return {str(key): as_data(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [as_data(item) for item in value]
    raise TypeError(f"{type(value).__name__} has no plain form")


def canonical_json(value: object) -> str:
    """Compact ASCII JSON with sorted keys: equal values give equal text."""
    return json.dumps(as_data(value), sort_keys=True, separators=(",", ":"), ensure_ascii=True)
