"""Arguments of a script's own PowerShell functions, named by their places alone.

PowerShell gives what has no name to the parameters that are still free, in the order in which the
function declares them; switches have no place in it.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

from orchestrator.render.wrapped import outside_python

_FUNCTION = re.compile(r"^function (\w+-Orch\w+) \{\n *param\((.*)\)$", re.MULTILINE)
_PARAMETER = re.compile(r"\$(\w+)")
_NAME = re.compile(r" -(\w+) ")
_STRING = re.compile(r"""'[^']*'|"(?:`.|[^"`])*\"""")
_PAIRS = {"(": ")", "[": "]", "{": "}"}


def by_place(text: str) -> str:
    """The PowerShell script without the names of arguments that stand at their places."""
    places = {
        name: [found[1] for item in declared.split(", ") if (found := _place(item))]
        for name, declared in _FUNCTION.findall(text)
    }
    if not places:
        return text
    calls = re.compile(rf"\b({'|'.join(map(re.escape, places))})(?= -)")
    return outside_python(text, lambda lines: [_shorter(line, calls, places) for line in lines])


def _place(declared: str) -> re.Match[str] | None:
    return None if declared.startswith("[switch]") else _PARAMETER.search(declared)


def _shorter(line: str, calls: re.Pattern[str], places: Mapping[str, list[str]]) -> str:
    strings = [found.span() for found in _STRING.finditer(line)]
    # From the end, so that a call inside an argument is done before the call around it.
    for call in reversed([*calls.finditer(line)]):
        if any(begin < call.start() < end for begin, end in strings):
            continue
        at = call.end()
        for name in places[call[1]]:
            found = _NAME.match(line, at)
            if found is None or found[1] != name or line[found.end()] in "{-":
                break
            line = line[: at + 1] + line[found.end() :]
            at = _behind(line, at + 1)
    return line


def _behind(line: str, at: int) -> int:
    """Where the argument that begins there ends: at a blank or a bracket that is not its own."""
    awaited: list[str] = []
    while at < len(line):
        if (string := _STRING.match(line, at)) is not None:
            at = string.end()
            continue
        char = line[at]
        if char in _PAIRS:
            awaited.append(_PAIRS[char])
        elif awaited and char == awaited[-1]:
            awaited.pop()
        elif not awaited and (char in ")]};|" or (char == " " and line[at - 1] != ",")):
            break
        at += 1
    return at
