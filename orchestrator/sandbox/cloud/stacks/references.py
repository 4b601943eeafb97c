"""What a part of a template refers to, and the order in which resources have to be made."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from graphlib import CycleError, TopologicalSorter
from typing import Any, NamedTuple

from orchestrator.sandbox.cloud.stacks.shapes import PaperError

_IN_TEXT = re.compile(r"\$\{(?!!)([\w:]+)(?:\.([\w.]+))?\}", re.ASCII)


class Reference(NamedTuple):
    """A Ref or, with an attribute, a Fn::GetAtt."""

    name: str
    attribute: str = ""


def references(value: Any) -> Iterator[Reference]:
    """Every reference in it: to parameters, pseudo parameters and resources."""
    if isinstance(value, list):
        for item in value:
            yield from references(item)
    if not isinstance(value, dict):
        return
    for key, item in value.items():
        if key == "Ref":
            yield Reference(str(item))
        elif key == "Fn::GetAtt":
            name, _, attribute = (item if isinstance(item, str) else ".".join(item)).partition(".")
            yield Reference(name, attribute)
        else:
            yield from references(item)
            if key == "Fn::Sub":
                yield from _in_text(item)


def _in_text(item: Any) -> Iterator[Reference]:
    """What stands in a Fn::Sub's text, but for the names that it brings itself."""
    text, own = (item, {}) if isinstance(item, str) else (item[0], item[1])
    for name, attribute in _IN_TEXT.findall(text):
        if name not in own:
            yield Reference(name, attribute)


def in_order(resources: Mapping[str, Any]) -> list[str]:
    """The logical ids, each behind those that it refers to or depends on.

    PaperError: they refer to each other in a circle.
    """
    order: TopologicalSorter[str] = TopologicalSorter()
    for name, resource in resources.items():
        listed = resource.get("DependsOn", [])
        needed = [listed] if isinstance(listed, str) else list(listed)
        needed += [found.name for found in references(resource.get("Properties") or {})]
        order.add(name, *[other for other in needed if other in resources])
    try:
        return list(order.static_order())
    except CycleError as error:
        between = ", ".join(sorted(set(error.args[1])))
        raise PaperError(f"Circular dependency between resources: [{between}]") from error
