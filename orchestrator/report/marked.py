"""Text that others wrote, put into Markdown so that none of it becomes markup."""

from __future__ import annotations

import re
from html import escape

from orchestrator.model.enums import Outcome
from orchestrator.report.facts import clipped, readable
from orchestrator.report.styled import harmless

_TICKS = re.compile("`+")

MOST_IN_LINE, MOST_IN_BLOCK = 300, 20_000
"""Bytes of UTF-8 that one text may take; no name of AWS is longer than the first."""


def code(text: str, *, in_table: bool = False) -> str:
    """A span of code: in it nothing is markup, no link and no name of a person. A dash for none."""
    clean = clipped(harmless(text), MOST_IN_LINE)
    if not clean:
        return "-"
    ticks = "`" * (1 + _longest(clean))
    # Markdown takes one blank away at both ends where both have one.
    if clean.startswith(("`", " ")) or clean.endswith(("`", " ")):
        clean = f" {clean} "
    if in_table:
        # Parsers differ in what a backslash before an escaped bar is, so the two are held apart.
        clean = clean.replace("\\|", "\\ |").replace("|", "\\|")
    return f"{ticks}{clean}{ticks}"


def fenced(text: str) -> str:
    """A block of code."""
    clean = clipped(readable(text), MOST_IN_BLOCK)
    fence = "`" * max(3, 1 + _longest(clean))
    return f"{fence}text\n{clean}\n{fence}\n"


def details(title: str, outcome: Outcome, more: str, body: str) -> str:
    """A block that is closed until somebody opens it; ``body`` is Markdown.

    GitHub links names of people and issues in all text but code, whatever stands before them.
    """
    title, more = (escape(clipped(harmless(part), MOST_IN_LINE)) for part in (title, more))
    summary = f"<code>{title}</code> {outcome}: <code>{more}</code>"
    return f"<details><summary>{summary}</summary>\n\n{body}\n</details>\n\n"


def _longest(text: str) -> int:
    return max((len(run) for run in _TICKS.findall(text)), default=0)
