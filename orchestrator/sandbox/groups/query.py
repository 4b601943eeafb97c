"""A tag-based query: which resources are in a group.

The form is that of "ResourceQuery" in the Resource Groups API Reference; how many filters there
may be is GetResources' rule (Tagging API), by which AWS finds the members.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from orchestrator.sandbox.groups.refusing import bad_request

TAG_FILTERS = "TAG_FILTERS_1_0"
INSTANCE = "AWS::EC2::Instance"
_ALL = "AWS::AllSupported"
_MOST_FILTERS, _MOST_VALUES = 50, 20


@dataclass(frozen=True, slots=True)
class Query:
    """Resources of these types that have each of the tags. No values: any value will do."""

    types: tuple[str, ...]
    tags: tuple[tuple[str, tuple[str, ...]], ...]
    text: str

    def asks_for(self, kind: str) -> bool:
        """Whether resources of that type can be in the group."""
        return kind in self.types or _ALL in self.types

    def has(self, tags: Mapping[str, str]) -> bool:
        """Whether what has these tags is in the group."""
        return all(key in tags and (not values or tags[key] in values) for key, values in self.tags)


def read_query(given: Mapping[str, Any]) -> Query:
    """The query of a ResourceQuery. BadRequestException where it is none, or of another type."""
    if given["Type"] != TAG_FILTERS:
        raise bad_request(f"A query of the type {given['Type']} is not in the sandbox")
    text = given["Query"]
    try:
        query = json.loads(text)
    except ValueError as error:
        raise _not_valid(str(error)) from error
    if not isinstance(query, dict) or set(query) - {"ResourceTypeFilters", "TagFilters"}:
        raise _not_valid("it holds ResourceTypeFilters and TagFilters, and nothing else")
    types = query.get("ResourceTypeFilters", [_ALL])
    filters = query.get("TagFilters", [])
    if not _is_texts(types) or not types or not all(t.startswith("AWS::") for t in types):
        raise _not_valid("ResourceTypeFilters are types such as AWS::EC2::Instance")
    if not isinstance(filters, list) or not 0 < len(filters) <= _MOST_FILTERS:
        raise _not_valid(f"TagFilters are 1 to {_MOST_FILTERS}")
    return Query(tuple(types), tuple(map(_tag, filters)), text)


def _tag(given: Any) -> tuple[str, tuple[str, ...]]:
    if not isinstance(given, dict) or set(given) - {"Key", "Values"}:
        raise _not_valid("a tag filter holds Key and Values, and nothing else")
    key, values = given.get("Key"), given.get("Values", [])
    if not isinstance(key, str) or not 0 < len(key) <= 128:
        raise _not_valid("a tag's Key is a text of 1 to 128 characters")
    if not _is_texts(values) or len(values) > _MOST_VALUES:
        raise _not_valid(f"a tag's Values are texts, {_MOST_VALUES} at most")
    return key, tuple(values)


def _is_texts(value: Any) -> bool:
    return (
        isinstance(value, Sequence)
        and all(isinstance(item, str) for item in value)
        and (not isinstance(value, str))
    )


def _not_valid(why: str) -> Exception:
    return bad_request(f"Query not valid: {why}")
