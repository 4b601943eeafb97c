"""`orch runs verify`: whether what is kept is what was kept."""

from __future__ import annotations

import json
import re
from typing import Annotated

import typer

from orchestrator.cli.option_types import Output, OutputOption
from orchestrator.cli.runs_commands import find_run
from orchestrator.cli.state import open_journal
from orchestrator.errors import UsageError

_SHA256 = re.compile("[0-9a-f]{64}")


def add_to(app: typer.Typer) -> None:
    """Give the command to those about runs."""
    app.command("verify")(verify)


def verify(
    run: Annotated[
        str | None,
        typer.Argument(metavar="[RUN]", help="A run's id, or how it begins; without it all."),
    ] = None,
    *,
    expect: Annotated[
        str | None,
        typer.Option(metavar="SHA256", help="The newest link's hash as it was printed before."),
    ] = None,
    output: OutputOption = Output.TEXT,
) -> None:
    """Hold what is kept of runs to the chain of hashes.

    Exit codes: 0 all that has a link is as it was when the runs ended, 1 something was altered,
    dropped or put in, or the expected hash is not in the chain, 4 nothing could be checked. Whoever
    may write the journal's file can make the whole chain again: keep the
    newest hash elsewhere, and give it to --expect.

    Example: orch runs verify
    """
    from orchestrator.cli.console import show
    from orchestrator.report.verified import document, lines

    if expect is not None and _SHA256.fullmatch(expect.lower()) is None:
        mend = "write the 64 hex digits that `orch runs verify` printed"
        raise UsageError(f"{expect[:80]!a} is no SHA-256", where="--expect", mend=mend)
    journal = open_journal()
    # One that is gone is not found among those that are there, and is looked for in the chain.
    ids = journal.linked(run) if run else None
    if run and not ids:
        ids = [part.record.run_id for part in find_run(journal, run)]
    verified = journal.verify(ids, (expect or "").lower())
    if output is Output.JSON:
        typer.echo(json.dumps(document(verified), indent=2))
    else:
        show(lines(verified))
    raise typer.Exit(verified.exit_code)
