"""Questions to the person at the terminal. All of it goes to standard error, as data does not.

Typer's own prompts write a part of the question to standard output.
"""

from __future__ import annotations

import sys

import typer

from orchestrator.cli.questions import Question
from orchestrator.errors import UsageError


def has_person() -> bool:
    """Whether there is somebody to ask: a terminal to read from, and one to show the question."""
    return sys.stdin.isatty() and sys.stderr.isatty()


def ask(question: Question) -> str:
    """Ask until the answer is right.

    Raises:
        UsageError: the input ended, as by Ctrl-D.
    """
    while True:
        text = f"{question.help} (e.g. {question.example}): "
        answer = _line(text, f"give it as an option: {question.written(question.example)}")
        try:
            return question.check(answer)
        except ValueError as error:
            typer.echo(f"  {error}", err=True)


def confirmed(text: str) -> bool:
    """Ask for a yes; anything else is a no.

    Raises:
        UsageError: the input ended, as by Ctrl-D.
    """
    return _line(f"{text} [y/N]: ", "say --yes where nobody is to be asked").lower() in {"y", "yes"}


def _line(text: str, mend: str) -> str:
    typer.echo(text, nl=False, err=True)
    try:
        return input().strip()
    except EOFError:
        typer.echo(err=True)
        raise UsageError("there was no answer", where="your terminal", mend=mend) from None
    except KeyboardInterrupt:
        typer.echo(err=True)
        raise
