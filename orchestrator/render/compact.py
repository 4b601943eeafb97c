"""A script that is too long for SendCommand, made shorter without changing what it does."""

from __future__ import annotations

import re
from collections.abc import Callable

# PowerShell looks for every type below System too, and takes what is named by its place as well.
_SHORTER = (
    (re.compile(r"\b(Test-OrchEqual|Test-OrchSame) -One "), r"\1 "),
    (re.compile(r"(?<= )-Other "), ""),
    (re.compile(r"\bTest-OrchListed -List (\$\w+) -Name "), r"Test-OrchListed \1 "),
    (re.compile(r"\bTest-OrchListed -List "), "Test-OrchListed "),
    (re.compile(r"\b((?:Read|Write)-OrchUndo) -Folder "), r"\1 "),
    # These have no second one.
    (re.compile(r"\b(Get-OrchFailure) -Record "), r"\1 "),
    (re.compile(r"\b(Get-OrchRefusal) -Failure "), r"\1 "),
    (re.compile(r"\b(Get-OrchOutcome) -Holds "), r"\1 "),
    (re.compile(r"\b(Get-OrchAnswer) -Url "), r"\1 "),
    (re.compile(r"\b(Test-OrchAbsent) -Value "), r"\1 "),
    # The first parameter of each of these, in templates/powershell.
    (
        re.compile(
            r"\b(Get-Orch(?:Text|FileDigest|Mode)|Set-OrchMode|Test-OrchLives) -(?:Path|Folder) "
        ),
        r"\1 ",
    ),
    (re.compile(r"\b(Add-OrchConflict|New-OrchFailure) -(?:Kind|Type) "), r"\1 "),
    (re.compile(r"\bConvertTo-Orch(Plain|Message) -Text "), r"ConvertTo-Orch\1 "),
    (re.compile(r"\b((?:Set|Remove|Test)-OrchVariable) -Name "), r"\1 "),
    (re.compile(r"\b(Add-OrchVerdict) -Step $"), r"\1 "),
    # Between two texts: the next two of that call.
    (re.compile(r"^ -(?:Field|Operator) $"), " "),
    (re.compile(r"\bNew-Object -TypeName "), "New-Object "),
    (re.compile(r"(\bNew-Object [\w.'\[\]]+) -ArgumentList "), r"\1 "),
    (re.compile(r"(\[|\bNew-Object )System\.(?=[A-Z])"), r"\1"),
    (re.compile(r"\[Text\.RegularExpressions\.Regex\]"), "[regex]"),
)
_QUOTED = re.compile(r"('(?:[^']|'')*')")
_COMMENT = re.compile(r" *#")


def narrower(text: str) -> str:
    """The script with one blank of indentation in place of four, the Python in it too."""
    return "\n".join(" " * (_indent(line) // 4) + line.lstrip(" ") for line in text.split("\n"))


def plainer(text: str) -> str:
    """The PowerShell script with the names of types and parameters left out where they may be."""
    return _outside_here_strings(text, _plainer)


def _plainer(line: str) -> str:
    parts = _QUOTED.split(line)
    for at in range(0, len(parts), 2):
        for long, short in _SHORTER:
            parts[at] = long.sub(short, parts[at])
    return "".join(parts)


def without_comments(text: str) -> str:
    """The script without the lines that are empty or only comment, but with its header."""
    head, blank, body = text.partition("\n\n")
    kept = [line for line in body.split("\n") if line.strip() and not _COMMENT.match(line)]
    return head + blank + "\n".join(kept) + "\n"


def _indent(line: str) -> int:
    return len(line) - len(line.lstrip(" "))


def _outside_here_strings(text: str, change: Callable[[str], str]) -> str:
    """Each line changed but those of a here-string, which is Python."""
    kept: list[str] = []
    inside = False
    for line in text.split("\n"):
        kept.append(line if inside else change(line))
        if re.match(r"\$\w+ = @'$", line):
            inside = True
        elif line.startswith("'@"):
            inside = False
    return "\n".join(kept)
