r"""Values as literals of PowerShell and of Python: the only way by which a value enters a script.

Every literal is one expression of printable ASCII that never holds two opening braces in a row,
since SSM would substitute a parameter there. What cannot stand between quotes is written by its
number: ``(-join ('caf', [char]0x00e9))`` in PowerShell, ``'caf\xe9'`` in Python.
"""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterator, Mapping

_COMMENT_WIDTH = 200
_PRINTABLE = re.compile(r"[\x20-\x7e]+|[^\x20-\x7e]", re.DOTALL)
_BETWEEN_BRACES = re.compile(r"(?<=\{)(?=\{)")
_NOT_PRINTABLE = re.compile(r"[^\x20-\x7e]")


class Literal(str):
    """Text that may stand in a script as it is. `environment` lets nothing else through."""

    __slots__ = ()


def ps(value: object) -> Literal:
    """A PowerShell expression for text, a truth value, a whole number or None.

    A list or tuple of these becomes its items with commas between them.

    It stands as an argument as well as in an expression. Text is a single-quoted string, in which
    only quotes mean anything, and of these only the ASCII one is left; all that is not printable
    ASCII is joined in as UTF-16 code units. TypeError for any other type.
    """
    if isinstance(value, list | tuple):
        return Literal(", ".join(map(ps, value)))
    if value is None or isinstance(value, bool):
        return Literal({None: "$null", True: "$true", False: "$false"}[value])
    if isinstance(value, int):
        return Literal(value if value >= 0 else f"({value})")
    if not isinstance(value, str):
        raise TypeError(f"no PowerShell literal for {type(value).__name__}")
    pieces = list(_ps_pieces(value))
    if len(pieces) > 1 or any(piece.startswith("[") for piece in pieces):
        # A flat list: a chain of + would nest as deep as the text is long, and overflow the parser.
        first = [] if pieces[0].startswith("'") else ["''"]
        return Literal(f"(-join ({', '.join(first + pieces)}))")
    return Literal(pieces[0] if pieces else "''")


def _ps_pieces(text: str) -> Iterator[str]:
    for run in _PRINTABLE.findall(text):
        if _NOT_PRINTABLE.match(run):
            units = run.encode("utf-16-be", "surrogatepass")
            for at in range(0, len(units), 2):
                yield f"[char]0x{units[at : at + 2].hex()}"
        else:
            for part in _BETWEEN_BRACES.split(run):
                yield "'" + part.replace("'", "''") + "'"


def py(value: object) -> Literal:
    """A Python expression for text, a truth value, a whole number or None; TypeError otherwise.

    A list or tuple of these becomes a list, a mapping a dictionary.
    """
    if isinstance(value, list | tuple):
        return Literal(f"[{', '.join(map(py, value))}]")
    if isinstance(value, Mapping):
        pairs = (f"{py(key)}: {py(item)}" for key, item in value.items())
        return Literal(f"{{{', '.join(pairs)}}}")
    if value is not None and not isinstance(value, str | bool | int):
        raise TypeError(f"no Python literal for {type(value).__name__}")
    return Literal(re.sub(r"\{(?=\{)", r"\\x7b", ascii(value)))


def sh(value: object) -> Literal:
    """Text as one word of a POSIX shell. ValueError for what is not printable ASCII."""
    text = str(value)
    if _NOT_PRINTABLE.search(text) or _BETWEEN_BRACES.search(text):
        raise ValueError("a shell script takes printable ASCII without {{")
    return Literal(shlex.quote(text))


def comment(value: object) -> Literal:
    """Text for the inside of a ``#`` comment: one line of printable ASCII, at most 200 characters.

    What is left out stands as ``?``. It is for people only; nothing reads it.
    """
    text = _NOT_PRINTABLE.sub("?", str(value)[:_COMMENT_WIDTH])
    return Literal(re.sub(r"\{(?=\{)", "{ ", text))
