"""Level 2: from a procedure to the script that a host runs, and back from its header."""

from orchestrator.render.header import Header, read_header, sha256_without_run
from orchestrator.render.script import modules, render
from orchestrator.render.wrapped import inner_source, python_source

__all__ = [
    "Header",
    "inner_source",
    "modules",
    "python_source",
    "read_header",
    "render",
    "sha256_without_run",
]
