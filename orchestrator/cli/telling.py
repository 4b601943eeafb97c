"""Telling a report: files first, then standard output, then the exit code."""

from __future__ import annotations

import shlex
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING

import typer

from orchestrator.cli.option_types import Output
from orchestrator.errors import CannotRunError, OrchError
from orchestrator.model.enums import OWN_EXIT_CODES, Outcome

if TYPE_CHECKING:
    from orchestrator.model.history import Past
    from orchestrator.model.report import Report

STDOUT = "-"


class FailOn(StrEnum):
    """From which outcome on the exit code tells of it."""

    FAIL = "fail"
    UNKNOWN = "unknown"

    def ends_with(self, code: int) -> int:
        """The exit code where the outcome has ``code``: an inconclusive one may be forgiven."""
        forgiven = self is FailOn.FAIL and code == OWN_EXIT_CODES[Outcome.UNKNOWN]
        return 0 if forgiven else code


@dataclass(frozen=True, slots=True)
class Wanted:
    """One report that was asked for: its form, and the file; None for standard output."""

    kind: str
    path: Path | None

    @property
    def written(self) -> str:
        """As it is given on the command line, to be pasted."""
        return f"--report {shlex.quote(f'{self.kind}:{self.path or STDOUT}')}"


@dataclass(frozen=True, slots=True)
class Reporting:
    """What was said of how a report is told. ``files_only``: the text is not wanted at all."""

    output: Output = Output.TEXT
    wanted: tuple[Wanted, ...] = ()
    quiet: bool = False
    fail_on: FailOn = FailOn.UNKNOWN
    files_only: bool = False

    def end_with(self, report: Report) -> None:
        """Tell of it, and end with its exit code.

        Raises:
            Exit: always; 3 where something could not be written, which is told.
            CannotRunError: standard output takes no more.
        """
        self.tell(report)
        raise typer.Exit(self.fail_on.ends_with(report.exit_code))

    def tell(self, report: Report) -> None:
        """Write the files first, since whoever reads standard output may leave early.

        Raises:
            Exit: with 3, where a file could not be written, which is told.
            CannotRunError: standard output takes no more.
        """
        from orchestrator.cli.console import show_error

        past = self._past(report)
        failed = [error for one in self.wanted if (error := self._file(one, report, past))]
        try:
            self._stdout(report, past)
        finally:
            for error in failed:
                show_error(error)
        if failed:
            raise typer.Exit(CannotRunError.exit_code)

    def _past(self, report: Report) -> Past:
        """What earlier runs saw of its hosts, as far as a form that is wanted tells of it."""
        from orchestrator.cli.state import open_journal
        from orchestrator.errors import JournalError
        from orchestrator.model.history import NO_PAST
        from orchestrator.report.forms import looks_back

        most = max((looks_back(one.kind) for one in self.wanted), default=0)
        if not most:
            return NO_PAST
        ids = [instance_id for plan in report.plans for instance_id in plan.targets]
        try:
            return open_journal().past(ids, before=report.started, most=most)
        except JournalError:
            # Where there is no journal, the run has said so.
            return NO_PAST

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

    why = f"{type(error).__name__}: {error}"
    if isinstance(error, OSError):
        why = error.strerror or why
    elif isinstance(error, OrchError):
        why = error.what
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
