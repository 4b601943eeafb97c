"""Jinja2, set up so that every value is escaped on the page, and nothing in it is unseen."""

from __future__ import annotations

import unicodedata
from datetime import UTC, datetime
from functools import cache

from jinja2 import Environment, FileSystemLoader, StrictUndefined, Undefined
from markupsafe import Markup, escape

from orchestrator.report.page.strips import strip
from orchestrator.resources import templates_folder
from orchestrator.wording import duration_words


@cache
def environment() -> Environment:
    """The page's environment: a name that is not defined is an error."""
    found = Environment(
        loader=FileSystemLoader(templates_folder() / "report"),
        undefined=StrictUndefined,
        finalize=_shown,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
        autoescape=True,
    )
    found.filters.update(lines=lines, strip=strip, seconds=duration_words, stamp=stamp, n=number)
    return found


def visible(text: str) -> str:
    r"""The text with an escape such as ``\x1b`` in place of each character that is not seen."""
    if text.isprintable():
        return str(text)
    return "".join(map(_seen, text))


def lines(text: str) -> Markup:
    """The text with its line breaks, for a place that shows them; else as `visible`."""
    return escape("\n".join(map(visible, text.split("\n"))))


def stamp(moment: datetime) -> str:
    """A time in UTC, to the second."""
    return moment.astimezone(UTC).strftime("%Y-%m-%d %H:%M:%S")


def number(count: int) -> str:
    """A count as people read it: 2,000."""
    return f"{count:,}"


def _seen(char: str) -> str:
    """Blanks of other scripts stay, such as the wide one of Japanese."""
    if char.isprintable() or unicodedata.category(char) == "Zs":
        return char
    return char.encode("unicode_escape").decode()


def _shown(value: object) -> object:
    """Every text that a template puts out, before it is escaped."""
    if isinstance(value, Markup | Undefined) or not isinstance(value, str):
        return value
    return visible(value)
