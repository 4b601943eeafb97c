"""How a run's report is told: on standard output, as files in any form, and by the exit code.

A command is a function that takes a `Reporting`; `takes_reporting` gives it the options for the
command line, and everything that is wrong with them is told before the command begins.
"""

from __future__ import annotations

import functools
import inspect
import os
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Annotated, Any

import typer

from orchestrator.cli.option_types import Output, OutputOption
from orchestrator.cli.telling import STDOUT, FailOn, Reporting, Wanted
from orchestrator.errors import UsageError
from orchestrator.report.forms import names

__all__ = ["FailOn", "Reporting", "reporting", "takes_reporting", "wanted"]

ReportOption = Annotated[
    list[str] | None,
    typer.Option(
        "--report",
        metavar="KIND:PATH",
        help=f"Write the report as a file, too; repeat for several. KIND: {', '.join(names())}. "
        "PATH - is standard output, in the place of the text.",
    ),
]
QuietOption = Annotated[
    bool,
    typer.Option(
        "--quiet", "-q", help="Print nothing but errors; the exit code and --report tell."
    ),
]
FailOnOption = Annotated[
    FailOn,
    typer.Option(
        help="fail: also end with 0 where it is UNKNOWN, which is not PASS and is told as before; "
        "unknown: end with 4 then."
    ),
]


def reporting(
    *,
    output: OutputOption = Output.TEXT,
    report: ReportOption = None,
    quiet: QuietOption = False,
    fail_on: FailOnOption = FailOn.UNKNOWN,
) -> Reporting:
    """What these options say.

    Raises:
        UsageError: a kind is unknown, a file cannot be written, two go to one place, or nothing
            would be left to print.
    """
    found = wanted(report or ())
    to_stdout = any(one.path is None for one in found)
    if output is Output.JSON and to_stdout:
        what = "standard output takes one document"
        raise UsageError(what, where="--report", mend="leave out --output json")
    if output is Output.JSON and quiet:
        mend = "leave out --output json; --report json:FILE writes it to a file"
        raise UsageError("it prints nothing", where="--quiet", mend=mend)
    return Reporting(output, found, quiet, fail_on)


def wanted(given: Sequence[str]) -> tuple[Wanted, ...]:
    """The reports that were asked for.

    Raises:
        UsageError: see `reporting`.
    """
    from orchestrator.cli.written import behind_links

    found = tuple(_wanted(text) for text in given)
    places: dict[Path | None, Wanted] = {}
    for one in found:
        place = behind_links(one.path) if one.path else None
        if place in places:
            name = "standard output" if place is None else str(one.path)
            what = f"two reports would go to {name}"
            raise UsageError(what, where="--report", mend="name another file for one of them")
        places[place] = one
    return found


def _wanted(text: str) -> Wanted:
    from orchestrator.cli.written import check_place

    # The first colon ends the kind, so that a path may have one itself: json:C:\report.json.
    kind, _, path = text.partition(":")
    if kind not in names():
        mend = f"write KIND:PATH; the kinds are {', '.join(names())}"
        raise UsageError(f"{kind[:80]!a} is no kind of report", where="--report", mend=mend)
    if not path:
        mend = f"write --report {kind}:FILE, or {kind}:- for standard output"
        raise UsageError(f"{text[:80]!a} names no file", where="--report", mend=mend)
    if path == STDOUT:
        return Wanted(kind, None)
    # The shell does not expand what stands behind a colon; an unknown user's stays as it is.
    file = Path(os.path.expanduser(path))  # noqa: PTH111 - that of Path raises for such a one
    check_place(file, "--report")
    return Wanted(kind, file)


def takes_reporting(command: Callable[..., None]) -> Callable[..., None]:
    """The command with these options in the place of its parameter ``telling``."""
    shared = inspect.signature(reporting, eval_str=True).parameters
    own = inspect.signature(command, eval_str=True).parameters

    @functools.wraps(command)
    def invoke(*args: Any, **given: Any) -> None:
        telling = reporting(**{name: given.pop(name) for name in shared})
        command(*args, telling=telling, **given)

    parameters = [
        *(p for name, p in own.items() if name != "telling"),
        *shared.values(),
    ]
    invoke.__signature__ = inspect.Signature(parameters)  # type: ignore[attr-defined]  # for Typer
    invoke.__annotations__ = {p.name: p.annotation for p in parameters}
    return invoke
