"""The source of the modules that travel to a host inside a Python script."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from functools import cache
from importlib import resources

from orchestrator.render.literals import Literal

_FOR_LINTERS = re.compile(r"  # (?:noqa|type): [^\n]*")


@cache
def onhost_source(name: str) -> Literal:
    """The source of ``orchestrator.onhost.NAME``, as it may stand in a script.

    Without docstrings and types, which speak to whoever maintains it, and without its imports of
    other such modules, which must stand before it in the script. ValueError where it holds what SSM
    or a here-string would not leave alone.
    """
    text = resources.files("orchestrator.onhost").joinpath(f"{name}.py").read_text("utf-8")
    if not text.isascii() or re.search(r"^'@|\r|\{\{|^from __future__", text, re.MULTILINE):
        raise ValueError(f"orchestrator/onhost/{name}.py cannot travel as it is")
    return Literal(_FOR_LINTERS.sub("", _bare(text)).strip("\n"))


def _bare(text: str) -> str:
    """The source without its docstrings, annotations and imports of ours; else as it is written."""
    starts = [0]
    for line in text.split("\n"):
        starts.append(starts[-1] + len(line) + 1)
    for begin, end in sorted(_cuts(ast.parse(text), starts), reverse=True):
        text = text[:begin] + text[end:]
    return text


def _cuts(tree: ast.Module, starts: list[int]) -> Iterator[tuple[int, int]]:
    """Where they stand, each with what joins it to its place."""
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom) and _stays(node):
            yield starts[node.lineno - 1], starts[node.end_lineno or node.lineno]
        elif isinstance(node, ast.arg) and node.annotation is not None:
            begin = starts[node.lineno - 1] + node.col_offset + len(node.arg)
            yield begin, _end(node.annotation, starts)
        elif isinstance(node, ast.FunctionDef):
            if node.returns is not None:
                begin = starts[node.returns.lineno - 1] + node.returns.col_offset
                yield begin - len(" -> "), _end(node.returns, starts)
            yield from (
                (_end(item.target, starts), _end(item.annotation, starts))
                for item in ast.walk(node)
                if isinstance(item, ast.AnnAssign)
            )
        if isinstance(node, ast.FunctionDef | ast.Module) and ast.get_docstring(node) is not None:
            words = node.body[0]
            yield starts[words.lineno - 1], starts[words.end_lineno or words.lineno]


def _stays(node: ast.ImportFrom) -> bool:
    """Whether a host has no need, or no chance, to import it."""
    if node.module == "typing":
        return "NamedTuple" not in {item.name for item in node.names}
    return (node.module or "").startswith("orchestrator.")


def _end(node: ast.expr, starts: list[int]) -> int:
    return starts[(node.end_lineno or node.lineno) - 1] + (node.end_col_offset or 0)
