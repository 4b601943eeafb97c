"""A Python check inside a PowerShell script: how the source goes in, and how it comes out again."""

from __future__ import annotations

import re

from orchestrator.render.literals import Literal

_HERE_STRING = re.compile(r"^\$OrchSource = @'\r?\n(.*?)\r?\n'@", re.MULTILINE | re.DOTALL)


def here_string(source: str) -> Literal:
    """The source as a single-quoted here-string, in which nothing but its own end has a meaning.

    ValueError for a source with a line that would end it, or that is not plain ASCII.
    """
    if not source.isascii() or re.search(r"^'@|\r|\{\{", source, re.MULTILINE):
        raise ValueError("this source cannot stand in a here-string")
    return Literal(f"@'\n{source}\n'@")


def python_source(text: str) -> str | None:
    """The Python source that a script carries, as its interpreter gets it; None without one."""
    found = _HERE_STRING.search(text)
    return found[1] if found else None
