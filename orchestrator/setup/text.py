"""A change set, and what a stack gives out, as people read it: within 80 columns if it can be."""

from __future__ import annotations

import textwrap
from collections.abc import Iterator, Mapping, Sequence

from orchestrator.setup.deployment import Value
from orchestrator.setup.state import Change, ChangeSet

_WIDTH = 80


def value_lines(values: Sequence[Value]) -> Iterator[str]:
    """The parameters of a stack, each with where its value is from."""
    width = max((len(item.parameter) for item in values), default=0)
    for item in values:
        text = f"  {item.parameter:<{width}}  {item.value or '(empty)'}"
        origin = f"({item.origin})"
        if len(text) + 2 + len(origin) <= _WIDTH:
            yield f"{text}  {origin}"
        else:
            yield text
            yield f"{'':{width + 4}}{origin}"


def change_lines(found: ChangeSet) -> Iterator[str]:
    """What would be added, changed, replaced and removed."""
    rows = [(_verb(change), change) for change in found.changes]
    verbs = max((len(verb) for verb, _ in rows), default=0)
    names = max((len(change.logical_id) for _, change in rows), default=0)
    for verb, change in rows:
        yield f"  {verb:<{verbs}}  {change.logical_id:<{names}}  {change.type}"
        margin = " " * (verbs + 4)
        for text in _details(change):
            yield from textwrap.wrap(
                text, _WIDTH, initial_indent=margin, subsequent_indent=margin + "  "
            )
    if not rows:
        yield "  no resource: only what the stack gives out, or its tags"


def output_lines(outputs: Mapping[str, str]) -> Iterator[str]:
    """What a stack gives out."""
    width = max(map(len, outputs), default=0)
    yield from (f"  {name:<{width}}  {value}" for name, value in outputs.items())


_VERBS = {"Add": "add", "Remove": "remove", "Import": "import"}


def _verb(change: Change) -> str:
    if change.action != "Modify":
        return _VERBS.get(change.action, change.action)
    return {"True": "replace", "Conditional": "replace?"}.get(change.replacement, "change")


def _details(change: Change) -> Iterator[str]:
    if change.action == "Remove" and change.physical_id:
        yield change.physical_id
    if change.properties:
        because = f", by {', '.join(change.causes)}" if change.causes else ""
        yield f"{', '.join(change.properties)}{because}"
    if change.replacement == "True":
        yield f"a new one is made, and {change.physical_id} is removed"
    if change.replacement == "Conditional":
        yield "whether a new one has to be made is known only then"
