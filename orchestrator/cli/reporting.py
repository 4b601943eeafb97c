"""How a run's report is told: on standard output, as files in any form, and by the exit code.

A command is a function that takes a `Reporting`; `takes_reporting` gives it the options for the
command line, and everything that is wrong with them is told before the command begins.
"""

from __future__ import annotations

import functools
import inspect
import os
import sys
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from orchestrator.cli.option_types import Output, OutputOption
from orchestrator.errors import CannotRunError, UsageError
from orchestrator.model.enums import OWN_EXIT_CODES, Outcome

if TYPE_CHECKING:
    from orchestrator.model.history import Past
    from orchestrator.model.report import Report

STDOUT = "-"


class FailOn(StrEnum):
    """From which outcome on the exit code tells of it."""

    FAIL = "fail"
    UNKNOWN = "unknown"


ReportOption = Annotated[
    list[str] | None,
    typer.Option(
        "--report",
        metavar="KIND:PATH",
        help="Write the report to a file, too, e.g. junit:results.xml; repeat for several. "
        "- as PATH is standard output, instead of the text. docs/reports.md lists the kinds.",
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


@dataclass(frozen=True, slots=True)
class Wanted:
    """One report that was asked for: its form, and the file; None for standard output."""

    kind: str
    path: Path | None

    @property
    def written(self) -> str:
        """As it is given on the command line."""
        return f"--report {self.kind}:{self.path or STDOUT}"


@dataclass(frozen=True, slots=True)
class Reporting:
    """What was said of how a report is told. ``files_only``: the text is not wanted at all."""

    output: Output = Output.TEXT
    wanted: tuple[Wanted, ...] = ()
    quiet: bool = False
    fail_on: FailOn = FailOn.UNKNOWN
    files_only: bool = False

    def end_with(self, report: Report, past: Past | None = None) -> None:
        """Tell of it, and end with its exit code. ``past`` is what is known of its hosts.

        Raises:
            Exit: always; 3 where something could not be written, which is told.
            CannotRunError: standard output takes no more.
        """
        self.tell(report, past)
        forgiven = self.fail_on is FailOn.FAIL
        inconclusive = report.exit_code == OWN_EXIT_CODES[Outcome.UNKNOWN]
        raise typer.Exit(0 if forgiven and inconclusive else report.exit_code)

    def tell(self, report: Report, past: Past | None = None) -> None:
        """Write the files first, since whoever reads standard output may leave early.

        Raises:
            Exit: with 3, where a file could not be written, which is told.
            CannotRunError: standard output takes no more.
        """
        from orchestrator.cli.console import show_error
        from orchestrator.model.history import NO_PAST

        past = past or NO_PAST
        failed = [error for one in self.wanted if (error := self._file(one, report, past))]
        try:
            self._stdout(report, past)
        finally:
            for error in failed:
                show_error(error)
        if failed:
            raise typer.Exit(CannotRunError.exit_code)

    def _file(self, one: Wanted, report: Report, past: Past) -> CannotRunError | None:
        from orchestrator.cli.written import write_whole
        from orchestrator.report.forms import form

        if one.path is None:
            return None
        try:
            write_whole(one.path, form(one.kind)(report, past))
        except Exception as error:  # noqa: BLE001 - the verdict is told all the same
            return _unwritten(one, report, error)
        if not self.quiet:
            from orchestrator.report.styled import harmless

            typer.echo(f"{one.kind} report written to {harmless(str(one.path))}", err=True)
        return None

    def _stdout(self, report: Report, past: Past) -> None:
        from orchestrator.cli.endings import writing
        from orchestrator.report.forms import form
        from orchestrator.report.text import headline, lines

        kinds = [one.kind for one in self.wanted if one.path is None]
        if self.output is Output.JSON:
            kinds = ["json"]
        with writing(headline(report)):
            for kind in kinds:
                _print(form(kind)(report, past))
            if not (kinds or self.quiet or self.files_only):
                from orchestrator.cli.console import show

                show(lines(report))


def _print(pieces: Iterator[str]) -> None:
    """As bytes where no person reads it: an XML document says that it is UTF-8, and then is."""
    person = sys.stdout.isatty()
    for piece in pieces:
        data = piece.encode("utf-8", "backslashreplace")
        typer.echo(piece if person else data, nl=False)


def _unwritten(one: Wanted, report: Report, error: Exception) -> CannotRunError:
    from orchestrator.report.text import headline

    why = error.strerror if isinstance(error, OSError) else f"{type(error).__name__}: {error}"
    what = f"cannot write the {one.kind} report: {why}; the result: {headline(report)}"
    mend = f"once that is mended: orch report {report.run_id} {one.written}"
    if not _is_kept(report.run_id):
        mend = "the run is not kept in the journal, so its reports cannot be written later"
    told = CannotRunError(what, where=str(one.path), mend=mend)
    told.__cause__ = error
    return told


def _is_kept(run_id: str) -> bool:
    from orchestrator.cli.state import open_journal
    from orchestrator.errors import JournalError

    try:
        journal = open_journal()
        kept = [journal.load(part) for part in journal.parts(run_id)]
    except JournalError:
        return False
    return bool(kept) and all(part is not None and part.closing for part in kept)


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
    from orchestrator.report.forms import names

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
