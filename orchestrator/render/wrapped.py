"""A Python check inside a script of the host's own shell: how it goes in, and how it comes out."""

from __future__ import annotations

import re
from collections.abc import Callable

from orchestrator.render.literals import Literal

_HERE_STRING = r"^\$%s = @'\r?\n(.*?)\r?\n'@"
_HERE_DOCUMENT = re.compile(r"<< 'ORCH_SOURCE_ENDS'\n(.*?)\nORCH_SOURCE_ENDS$", re.DOTALL | re.M)
_BEGINS = re.compile(r"\$\w+ = @'|.*<< 'ORCH_SOURCE_ENDS'")
_ENDS = re.compile(r"'@.*|ORCH_SOURCE_ENDS")

Change = Callable[[list[str]], list[str]]
"""What makes other lines of some lines."""


def here_string(source: str) -> Literal:
    """The source as a single-quoted here-string, in which nothing but its own end has a meaning.

    ValueError for a source with a line that would end it, or that is not plain ASCII.
    """
    _refuse_unfit(source)
    return Literal(f"@'\n{source}\n'@")


def here_document(source: str) -> Literal:
    """The source as the lines of a here-document, which ends at ORCH_SOURCE_ENDS; else the same."""
    _refuse_unfit(source)
    return Literal(source)


def _refuse_unfit(source: str) -> None:
    if not source.isascii() or re.search(r"^'@|^ORCH_SOURCE_ENDS$|\r|\{\{", source, re.MULTILINE):
        raise ValueError("this source cannot stand in a here-string")


def python_source(text: str) -> str | None:
    """The Python source that a script carries, as its interpreter gets it; None without one."""
    found = _HERE_DOCUMENT.search(text)
    return found[1] if found else _after("OrchSource", text)


def inner_source(text: str) -> str | None:
    """The Python source with which a PowerShell script asks boto3; None without one."""
    return _after("OrchInner", text)


def _after(variable: str, text: str) -> str | None:
    found = re.search(_HERE_STRING % variable, text, re.MULTILINE | re.DOTALL)
    return found[1] if found else None


def outside_python(text: str, change: Change) -> str:
    """The script with its own lines changed, but not those of the Python that it carries."""
    return _changed(text, change, inside=False)


def inside_python(text: str, change: Change) -> str:
    """The script with each Python source in it changed."""
    return _changed(text, change, inside=True)


def _changed(text: str, change: Change, *, inside: bool) -> str:
    kept: list[str] = []
    piece: list[str] = []
    is_python = False
    for line in text.split("\n"):
        if (_ENDS if is_python else _BEGINS).fullmatch(line) is None:
            piece.append(line)
            continue
        # The line that begins or ends a source is the shell's, and stays as it is.
        kept += [*(change(piece) if is_python is inside else piece), line]
        piece, is_python = [], not is_python
    return "\n".join(kept + (change(piece) if is_python is inside else piece))
