"""How a command line ends that is ended from outside: by Ctrl-C, or by whoever reads its output.

Typer would turn the first into an exit without a word, and the second into exit code 1, which is
the verdict that a check failed.
"""

from __future__ import annotations

import errno
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import IO, Any

import typer
from typer.core import TyperGroup

from orchestrator.errors import CannotRunError, InterruptedRunError

_NO_ROOM = {errno.ENOSPC, errno.EDQUOT, errno.EFBIG, errno.EIO}
READER_LEFT = 141
"""What shells report for a program that SIGPIPE ended: 128 and the signal's number."""


class Root(TyperGroup):
    """The group of all commands, with `orch`'s own ends.

    Its methods raise InterruptedRunError for Ctrl-C, while something runs or at a question,
    SystemExit 141 where nobody reads the output any more, e.g. behind `| head`, and CannotRunError
    where there is no room for it.
    """

    def make_context(self, *given: Any, **more: Any) -> Any:
        """Read the command line, which takes its time where Typer loads what it needs for that."""
        with _own_ends():
            return super().make_context(*given, **more)

    def invoke(self, ctx: Any) -> Any:
        """Run the command."""
        with _own_ends():
            return super().invoke(ctx)


@contextmanager
def _own_ends() -> Iterator[None]:
    try:
        yield
    except (KeyboardInterrupt, typer.Abort):
        raise InterruptedRunError("stopped by Ctrl-C") from None
    except BrokenPipeError:
        for stream in (sys.stdout, sys.stderr):
            _forget(stream)
        sys.exit(READER_LEFT)
    except OSError as error:
        if not _is_of_the_output(error):
            raise
        raise _unwritten(error) from error


@contextmanager
def writing(result: str) -> Iterator[None]:
    """Write what came out of something. Where it cannot be written, the error says ``result``.

    Raises:
        CannotRunError: standard output takes no more, e.g. on a full disk.
    """
    try:
        yield
    except OSError as error:
        if not _is_of_the_output(error):
            raise
        raise _unwritten(error, f"; the result: {result}") from error


def _is_of_the_output(error: OSError) -> bool:
    """Errors about files name them; those about a stream that is open do not."""
    return error.filename is None and error.errno in _NO_ROOM


def _unwritten(error: OSError, more: str = "") -> CannotRunError:
    _forget(sys.stdout)
    what = f"cannot write the output: {os.strerror(error.errno or 0)}{more}"
    return CannotRunError(what, where="standard output", mend="make room, or send it elsewhere")


def _forget(stream: IO[str]) -> None:
    """Let what is still to be written to the stream go nowhere, or it fails once more at the end.

    As the documentation of Python's `signal` module has it, under "Note on SIGPIPE".
    """
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, stream.fileno())
    os.close(nowhere)
