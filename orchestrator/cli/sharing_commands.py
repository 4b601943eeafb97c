"""`orch runs export` and `orch runs import`: runs go from one journal to another."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from orchestrator.cli.runs_commands import find_run
from orchestrator.cli.state import open_journal
from orchestrator.errors import OrchError, UsageError

if TYPE_CHECKING:
    from orchestrator.journal import SqliteJournal


def add_to(app: typer.Typer) -> None:
    """Give the commands to those about runs."""
    app.command("export")(export_runs)
    app.command("import")(import_runs)


def export_runs(
    runs: Annotated[
        list[str] | None,
        typer.Argument(metavar="[RUN]...", help="Runs, as in `orch runs show`; without one all."),
    ] = None,
    *,
    to: Annotated[
        str, typer.Option("--to", metavar="FILE", help="Write into this file [standard output].")
    ] = "-",
) -> None:
    """Write runs that have ended, for `orch runs import`.

    All that is known of them is in it: account numbers, role ARNs, what the hosts said, the names
    of your AWS profiles.

    Example: orch runs export latest --to runs.jsonl
    """
    journal = open_journal()
    ids = _ended(journal, runs)
    changed = {finding.run_id for finding in journal.verify(ids).findings}.intersection(ids)
    if changed:
        what = f"the run {min(changed)} is not as it was when it ended"
        raise UsageError(what, where="RUN", mend="`orch runs verify` says what differs")
    _write(to, (f"{line}\n" for line in journal.exported(ids)))
    count = "1 run" if len(ids) == 1 else f"{len(ids)} runs"
    typer.echo(f"{count} written", err=True)


def import_runs(
    file: Annotated[
        str, typer.Argument(metavar="FILE", help="What `orch runs export` wrote; - for stdin.")
    ],
) -> None:
    """Add the runs of a file to your own.

    What is there already is not added twice. Each run is added whole or not at all, and only if it
    is what its hashes say. It is shown, compared and exported as your own are, and never taken up
    or cancelled from here.

    Example: orch runs import runs.jsonl
    """
    from orchestrator.journal import received

    journal = open_journal()
    added = known = 0
    try:
        for _, is_new in received(journal, "stdin" if file == "-" else file, _lines(file)):
            added += is_new
            known += not is_new
    except OrchError as error:
        if added:
            error.what += f"; {_said(added)} added"
        raise
    here = f", {_said(known)} here already" if known else ""
    typer.echo(f"{_said(added)} added{here}")


def _said(count: int) -> str:
    return "1 run was" if count == 1 else f"{count} runs were"


def _ended(journal: SqliteJournal, wanted: list[str] | None) -> list[str]:
    """The ids of these runs, oldest first; UsageError where one has not ended."""
    if not wanted:
        return [record.run_id for record in reversed(journal.due())]
    found = {}
    for name in wanted:
        for part in find_run(journal, name):
            run_id = part.record.run_id
            if part.closing is None:
                mend = f"orch runs resume {part.record.whole or run_id}"
                raise UsageError(f"the run {run_id} has not ended", where="RUN", mend=mend)
            found[run_id] = part.record.started
    return sorted(found, key=lambda run_id: (found[run_id], run_id))


def _write(name: str, lines: Iterator[str]) -> None:
    """Where they go. Like the journal, a file is for its owner, who may give it to others."""
    from orchestrator.cli.written import OWNER, write_whole

    if name == "-":
        for line in lines:
            sys.stdout.write(line)
        return
    try:
        write_whole(Path(name), lines, mode=OWNER)
    except OSError as error:
        what = f"cannot write {name}: {error.strerror or error}"
        raise UsageError(what, where="--to", mend="name another file") from error


def _lines(name: str) -> Iterator[bytes]:
    """The lines of the file, each cut where it is too long to be one of ours."""
    from orchestrator.journal.receiving import LONGEST_LINE

    try:
        with open(0, "rb", closefd=False) if name == "-" else Path(name).open("rb") as source:
            while line := source.readline(LONGEST_LINE + 1):
                yield line
    except OSError as error:
        what = f"cannot read {name}: {error.strerror or error}"
        mend = "name a file that `orch runs export --to FILE` wrote"
        raise UsageError(what, where="FILE", mend=mend) from error
