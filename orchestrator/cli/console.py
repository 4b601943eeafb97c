"""What reaches the terminal: data on standard output, everything else on standard error."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterable, Iterator, Sequence
from typing import IO, TYPE_CHECKING

import typer

from orchestrator.errors import OrchError

if TYPE_CHECKING:
    from orchestrator.report.styled import Line

_WIDTH = 80
_COLOURS = {
    "good": {"fg": "green", "bold": True},
    "bad": {"fg": "red", "bold": True},
    "unknown": {"fg": "yellow", "bold": True},
    "strong": {"bold": True},
    "dim": {"dim": True},
}


def debugging() -> bool:
    """Whether tracebacks are wanted: ``ORCH_DEBUG``, or `orch --debug`, which sets it."""
    return os.environ.get("ORCH_DEBUG", "") not in {"", "0"}


def coloured(stream: IO[str]) -> bool:
    """Whether this stream takes colours: a terminal, and NO_COLOR is not set (no-color.org)."""
    return stream.isatty() and not os.environ.get("NO_COLOR")


def show(lines: Iterable[Line]) -> None:
    """Print lines of a report on standard output."""
    colours = coloured(sys.stdout)
    for line in lines:
        pieces = (
            typer.style(segment.text, **_COLOURS[segment.style])  # type: ignore[arg-type] # by name
            if colours and segment.style
            else segment.text
            for segment in line
        )
        typer.echo("".join(pieces).rstrip(), color=colours)


def show_error(error: OrchError) -> None:
    """Print an error on standard error: where, what, and the mend on a line of its own.

    Its traceback comes first, and only where that is wanted.
    """
    from orchestrator.report.styled import harmless

    if debugging():
        import traceback

        traceback.print_exception(error)
    text = "\n".join(harmless(line) for line in str(error).split("\n"))
    head = "orch: "
    if coloured(sys.stderr):
        head = typer.style(head, fg="red", bold=True)
    typer.echo(f"{head}{text}", err=True)


def columns(rows: Sequence[Sequence[str]]) -> Iterator[str]:
    """The rows as columns two blanks apart; the last column is wrapped to fit into 80."""
    import textwrap

    widths = [max(len(row[at]) for row in rows) for at in range(len(rows[0]) - 1)]
    margin = sum(widths) + 2 * len(widths)
    for row in rows:
        head = "".join(f"{cell:<{width}}  " for cell, width in zip(row, widths, strict=False))
        pieces = textwrap.wrap(row[-1], _WIDTH - margin) or [""]
        yield head + pieces[0]
        yield from (" " * margin + piece for piece in pieces[1:])
