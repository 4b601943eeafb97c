"""The Python in a script without what only a reader of its source needs."""

from __future__ import annotations

import ast
import io
import re
import tokenize
from collections.abc import Iterator

from orchestrator.render.wrapped import inside_python

_PLAIN = re.compile(r"\"[^'\"]*\"")
_IMPORT = re.compile(r"(?:import|from) [^(\n]+")


def plainer_python(text: str) -> str:
    """The script whose Python has no docstrings and imports nothing twice.

    Its strings stand in single quotes, since SendCommand's JSON puts a backslash before each other
    one.
    """
    return inside_python(text, _plainer)


def _plainer(lines: list[str]) -> list[str]:
    source = _single_quoted(_without_docstrings("\n".join(lines)))
    kept: list[str] = []
    for line in source.split("\n"):
        if not (_IMPORT.fullmatch(line) and line in kept):
            kept.append(line)
    return kept


def _without_docstrings(source: str) -> str:
    lines = source.split("\n")
    for first, last, indent, alone in sorted(_docstrings(source), reverse=True):
        lines[first:last] = [" " * indent + "pass"] if alone else []
    return "\n".join(lines)


def _docstrings(source: str) -> Iterator[tuple[int, int, int, bool]]:
    """The lines of each, its indentation, and whether nothing else is there."""
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.FunctionDef | ast.ClassDef) and ast.get_docstring(node) is not None:
            words = node.body[0]
            end = words.end_lineno or words.lineno
            yield words.lineno - 1, end, words.col_offset, len(node.body) == 1


def _single_quoted(source: str) -> str:
    starts = [0]
    for line in source.split("\n"):
        starts.append(starts[-1] + len(line) + 1)
    for token in reversed([*tokenize.generate_tokens(io.StringIO(source).readline)]):
        # What has a prefix is left: the tokens of f-strings differ between versions of Python.
        text = token.string
        if token.type == tokenize.STRING and _PLAIN.fullmatch(text):
            begin = starts[token.start[0] - 1] + token.start[1]
            source = source[:begin] + f"'{text[1:-1]}'" + source[begin + len(text) :]
    return source
