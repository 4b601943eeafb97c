"""``orch profile``: check."""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from orchestrator.errors import UsageError

app = typer.Typer(
    help="Say what the readers of AWS's shared files make of a profile.",
    no_args_is_help=True,
    rich_markup_mode=None,
)

_CONFIG, _CREDENTIALS = "AWS_CONFIG_FILE", "AWS_SHARED_CREDENTIALS_FILE"
_STDIN = "stdin"


class Output(StrEnum):
    """The form of what is printed."""

    TEXT = "text"
    JSON = "json"


@app.callback()
def profile() -> None:
    """Say what the readers of AWS's shared files make of a profile."""


@app.command()
def check(
    file: Annotated[
        str | None,
        typer.Argument(metavar="[FILE]", help="A config file; - is standard input."),
    ] = None,
    *,
    profile: Annotated[
        str | None, typer.Option("--profile", "-p", metavar="NAME", help="The profile's name.")
    ] = None,
    credentials: Annotated[
        str | None, typer.Option(metavar="FILE", help="A credentials file to read too.")
    ] = None,
    output: Annotated[Output, typer.Option("--output", "-o", help="What to print.")] = Output.TEXT,
) -> None:
    """Read a profile as PowerShell, boto3 and the AWS CLI would.

    Nobody is asked: this looks at the files alone. Without FILE it takes those that each reader
    would take here; with FILE that one, and no credentials file but the given one. The exit code
    is 0 if all three can use the profile and mean the same role by it, else 1.

    Example: orch profile check ~/.aws/config --profile switch_test
    """
    if not profile:
        raise UsageError(
            "no profile is named", where="--profile", mend="e.g. --profile switch_test"
        )
    environment, files = _surroundings(file, credentials)
    sys.exit(_check(profile, environment, files, output))


def _check(
    name: str, environment: Mapping[str, str], files: Mapping[str, bytes], output: Output
) -> int:
    from orchestrator.readers import Question, System, read_all
    from orchestrator.readers.compare import Verdict, compare

    system = System.WINDOWS if os.name == "nt" else System.POSIX
    comparison = compare(name, read_all(Question(name, environment, files, system)))
    if output is Output.JSON:
        import json

        from orchestrator.readers.document import document

        typer.echo(json.dumps(document(comparison), indent=2))
    else:
        from orchestrator.readers.text import lines

        for line in lines(comparison, tuple(files)):
            typer.echo(line)
    return 0 if comparison.verdict is Verdict.ALIKE else 1


def _surroundings(
    file: str | None, credentials: str | None
) -> tuple[Mapping[str, str], Mapping[str, bytes]]:
    """The variables and the files that the readers are to find."""
    environment = dict(os.environ)
    given = {}
    if file is not None:
        environment[_CONFIG] = _STDIN if file == "-" else file
        environment.pop(_CREDENTIALS, None)
        given[environment[_CONFIG]] = _bytes(file)
    if credentials is not None:
        environment[_CREDENTIALS] = credentials
        given[credentials] = _bytes(credentials)
    return environment, given if file is not None else {**_usual(environment), **given}


def _usual(environment: Mapping[str, str]) -> Mapping[str, bytes]:
    """The files that some reader would find."""
    from orchestrator.readers import System, candidates

    system = System.WINDOWS if os.name == "nt" else System.POSIX
    return {path: _bytes(path) for path in candidates(environment, system) if Path(path).is_file()}


def _bytes(path: str) -> bytes:
    if path == "-":
        return sys.stdin.buffer.read()
    try:
        return Path(path).read_bytes()
    except OSError as error:
        what = f"cannot be read: {error.strerror}"
        raise UsageError(what, where=path, mend="mend the path, or its permissions") from error
    except ValueError as error:
        raise UsageError(f"is no path: {error}", where=ascii(path), mend="mend the path") from error
