"""A Python check inside a PowerShell script: how the source goes in, and how it comes out again."""

from __future__ import annotations

import re

from orchestrator.render.literals import Literal

_HERE_STRING = r"^\$%s = @'\r?\n(.*?)\r?\n'@"


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
    return _after("OrchSource", text)


def inner_source(text: str) -> str | None:
    """The Python source with which a PowerShell script asks boto3; None without one."""
    return _after("OrchInner", text)


def _after(variable: str, text: str) -> str | None:
    found = re.search(_HERE_STRING % variable, text, re.MULTILINE | re.DOTALL)
    return found[1] if found else None
