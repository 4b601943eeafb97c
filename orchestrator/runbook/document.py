"""YAML 1.2 as plain data, with the line of everything in it.

What could make a small file mean something large or surprising is refused: anchors, aliases, merge
keys, tags, directives, a second document, duplicate keys. Size, depth and the number of values are
bounded, and the parser is stopped at the first of these that it meets.
"""

from __future__ import annotations

import math
import re
from dataclasses import dataclass, field
from typing import Any

from ruamel.yaml import YAML
from ruamel.yaml.error import YAMLError
from ruamel.yaml.nodes import MappingNode, ScalarNode, SequenceNode

from orchestrator.runbook.problems import Path, Problem

LARGEST = 65_536
"""Characters of a runbook; the built-in one has some two thousand."""

DEEPEST = 8
"""Levels of nesting. A runbook needs five."""

Value = str | int | float | bool | None


@dataclass(slots=True)
class Document:
    """The data, and by path the line and the text as written of each scalar."""

    data: object = None
    lines: dict[Path, int] = field(default_factory=dict)
    written: dict[Path, str] = field(default_factory=dict)
    problems: list[Problem] = field(default_factory=list)

    def line(self, path: Path) -> int:
        """The line of the value there, or of the nearest one around it."""
        while path and path not in self.lines:
            path = path[:-1]
        return self.lines.get(path, 1)

    def problem(self, path: Path, what: str, mend: str) -> Problem:
        """A problem at that place."""
        return Problem(path, self.line(path), what, mend)


def read(text: str) -> Document:
    """The document.

    What is refused outright leaves no data; of a key that stands twice the first value is kept, so
    that the rest can be looked at too.
    """
    document = Document()
    if len(text) > LARGEST:
        what = f"{len(text)} characters are too many, {LARGEST} are the most"
        document.problems.append(Problem((), 1, what, "split it into several runbooks"))
        return document
    text = text.removeprefix("\ufeff")
    try:
        refused = _refused(text)
        if refused is None:
            document.data = _value(YAML(typ="safe", pure=True).compose(text), (), document)
    except YAMLError as error:
        refused = _syntax(error)
    if refused is not None:
        document.problems.append(refused)
    return document


def _syntax(error: YAMLError) -> Problem:
    mark = getattr(error, "problem_mark", None) or getattr(error, "context_mark", None)
    what = getattr(error, "problem", None) or str(error).splitlines()[0]
    line = mark.line + 1 if mark else 1
    return Problem((), line, f"not YAML: {what}", "mend the line; indent by spaces, quote texts")


def _refused(text: str) -> Problem | None:
    """The first thing that a runbook may not hold, found without building anything."""
    depth = documents = 0
    for event in YAML(typ="safe", pure=True).parse(text):
        kind = type(event).__name__
        documents += kind == "DocumentStartEvent"
        depth += kind.endswith("StartEvent") - kind.endswith("EndEvent")
        # The stream and the document are two levels that the runbook's author does not see.
        for wrong, what, mend in _rules(event, kind, documents, depth - 2):
            if wrong:
                return Problem((), event.start_mark.line + 1, what, mend)
    return None


def _rules(event: Any, kind: str, documents: int, depth: int) -> tuple[tuple[bool, str, str], ...]:
    directive = getattr(event, "version", None) or getattr(event, "tags", None)
    anchored = bool(getattr(event, "anchor", None)) or kind == "AliasEvent"
    tagged = bool(getattr(event, "tag", None))
    return (
        (anchored, "anchors and aliases are not allowed", "write the value out where it is used"),
        (tagged, "tags are not allowed", "take out the word that begins with !"),
        (bool(directive), "directives are not allowed", "take out the line that begins with %"),
        (documents > 1, "there is a second document", "one file is one runbook: split it at ---"),
        (depth > DEEPEST, f"nested more than {DEEPEST} levels deep", "a runbook needs five levels"),
    )


def _value(node: Any, path: Path, document: Document) -> object:
    if node is None:
        return None
    document.lines.setdefault(path, node.start_mark.line + 1)
    if isinstance(node, MappingNode):
        return _mapping(node, path, document)
    if isinstance(node, SequenceNode):
        return [_value(item, (*path, i), document) for i, item in enumerate(node.value)]
    assert isinstance(node, ScalarNode)
    document.written[path] = node.value
    return _scalar(node)


def _mapping(node: Any, path: Path, document: Document) -> dict[str, object]:
    found: dict[str, object] = {}
    for key_node, value_node in node.value:
        line = key_node.start_mark.line + 1
        if not isinstance(key_node, ScalarNode) or key_node.value == "<<":
            mend = "keys are plain words; merge keys are not allowed"
            document.problems.append(Problem(path, line, "this cannot be a key", mend))
            continue
        key = key_node.value
        here = (*path, key)
        if key in found:
            what = f"the key stands twice, first in line {document.lines[here]}"
            document.problems.append(Problem(here, line, what, "take one of the two out"))
            continue
        document.lines[here] = line
        found[key] = _value(value_node, here, document)
    return found


def _scalar(node: Any) -> Value:
    """Text, unless YAML 1.2's core schema says otherwise."""
    match str(node.tag).rpartition(":")[2]:
        case "bool":
            return bool(node.value.lower() == "true")
        case "null":
            return None
        case "int" | "float":
            return _number(node.value)
        case _:
            return str(node.value)


def _number(text: str) -> int | float:
    """A small whole number, which is all that a runbook asks for; any other is not a number.

    What stood there is told by its text: as a number ``011111111111`` would lose its zero.
    """
    return int(text) if re.fullmatch(r"0|[1-9][0-9]{0,8}", text) else math.nan
