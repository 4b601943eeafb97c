"""Jinja2, set up so that no value reaches a script except through a literal filter."""

from __future__ import annotations

from functools import cache

from jinja2 import Environment, FileSystemLoader, StrictUndefined, Undefined

from orchestrator.kinds.wildcards import dotnet_regex
from orchestrator.render.literals import Literal, comment, ps, py, sh
from orchestrator.resources import templates_folder


@cache
def environment() -> Environment:
    """The templates' environment: a name that is not defined is an error, and so is a raw value."""
    found = Environment(
        loader=FileSystemLoader(templates_folder()),
        undefined=StrictUndefined,
        finalize=_only_literals,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
        autoescape=False,  # noqa: S701 - the output is a script; its escapes are the literals
    )
    found.filters.update(ps=ps, py=py, sh=sh, comment=comment, dotnet_regex=dotnet_regex)
    return found


def _only_literals(value: object) -> object:
    """The value, if it is safe as it is; TypeError for a value that no filter made a literal."""
    if isinstance(value, Literal | Undefined):
        return value
    raise TypeError(f"a raw {type(value).__name__} in a template: write | ps, | py or | comment")
