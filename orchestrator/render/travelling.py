"""The source of the modules that travel to a host inside a Python script."""

from __future__ import annotations

import re
from functools import cache
from importlib import resources

from orchestrator.render.literals import Literal


@cache
def onhost_source(name: str) -> Literal:
    """The source of ``orchestrator.onhost.NAME``, as it may stand in a script.

    Without its own docstring, which speaks to whoever maintains it. ValueError where it holds what
    SSM or a here-string would not leave alone.
    """
    text = resources.files("orchestrator.onhost").joinpath(f"{name}.py").read_text("utf-8")
    if not text.isascii() or re.search(r"^'@|\r|\{\{|^from __future__", text, re.MULTILINE):
        raise ValueError(f"orchestrator/onhost/{name}.py cannot travel as it is")
    return Literal(re.sub(r'\A""".*?"""\n+', "", text, flags=re.DOTALL).rstrip("\n"))
