"""`orch runs`: what was run before, and what has not ended yet."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Annotated

import typer

from orchestrator.cli.option_types import Output, OutputOption
from orchestrator.cli.reporting import Reporting, takes_reporting
from orchestrator.cli.state import open_journal
from orchestrator.errors import UsageError
from orchestrator.wording import place_words

if TYPE_CHECKING:
    from orchestrator.journal import SqliteJournal
    from orchestrator.model.journal import KeptRun
    from orchestrator.model.report import Report

app = typer.Typer(
    help="Show, compare, check, share, resume and drop earlier runs.",
    no_args_is_help=True,
    rich_markup_mode=None,
)

RunArgument = Annotated[
    str, typer.Argument(metavar="RUN", help="A run's id, or how it begins; latest for the newest.")
]

OwnProfile = Annotated[
    str | None,
    typer.Option("--profile", "-p", help="Your own AWS profile [the one it began with]."),
]


@app.command("list")
def list_runs(
    *,
    most: Annotated[int, typer.Option("--max-items", min=1, help="How many, newest first.")] = 20,
    schedule: Annotated[
        str | None, typer.Option(metavar="NAME", help="Only those that this schedule sent.")
    ] = None,
    output: OutputOption = Output.TEXT,
) -> None:
    """List the newest runs.

    Example: orch runs list --max-items 5
    """
    from orchestrator.cli.console import show
    from orchestrator.report.runs import document, lines, together

    records = together(open_journal().records(most, schedule))
    if output is Output.JSON:
        typer.echo(json.dumps(document(records), indent=2))
    elif schedule is not None and not records:
        typer.echo(f"no run of {schedule[:80]!a} is kept here; `orch collect` takes them in")
    else:
        show(lines(records))


@app.command("show")
@takes_reporting
def show_run(run: RunArgument, *, telling: Reporting) -> None:
    """Show a run's report again, as it was made.

    It ends with the run's own exit code.

    Example: orch runs show latest

    Example: orch runs show latest --report markdown:-
    """
    journal = open_journal()
    telling.end_with(report_of(journal, find_run(journal, run)))


@app.command("resume")
@takes_reporting
def resume_run(run: RunArgument, *, telling: Reporting, profile: OwnProfile = None) -> None:
    """Take up a run that was cut off, and see it to its end.

    Nothing is sent twice. A run that has ended is shown. Exit codes are those of `orch run`.

    Example: orch runs resume latest
    """
    from orchestrator.cli.taking_up import resume

    journal = open_journal()
    parts = find_run(journal, run)
    telling.end_with(resume(journal, parts, profile, quiet=telling.quiet))


@app.command("attach")
@takes_reporting
def attach_run(run: RunArgument, *, telling: Reporting, profile: OwnProfile = None) -> None:
    """Watch a run that another `orch` sees to its end.

    That has to be on this machine. The report is shown at the end. Ctrl-C leaves it going on. If
    its process is gone, the run is taken up as by `resume`. Exit codes are those of `orch run`.

    Example: orch runs attach latest
    """
    from orchestrator.cli.taking_up import attach

    journal = open_journal()
    parts = find_run(journal, run)
    telling.end_with(attach(journal, parts, profile, quiet=telling.quiet))


@app.command("cancel")
@takes_reporting
def cancel_run(run: RunArgument, *, telling: Reporting, profile: OwnProfile = None) -> None:
    """Cancel what a run has sent, and put back what that leaves.

    Its report is shown. The `orch` that sees it to its end, if there is one, goes on and reports
    what became of it. Exit codes are those of `orch run`; 130 where the run was cancelled from
    here.

    Example: orch runs cancel latest
    """
    from orchestrator.cli.taking_up import cancel

    journal = open_journal()
    parts = find_run(journal, run)
    telling.end_with(cancel(journal, parts, profile, quiet=telling.quiet))


@app.command("prune")
def prune(
    *,
    older_than: Annotated[
        str | None,
        typer.Option(metavar="TIME", help="Runs that began longer ago, e.g. 30d [90d]."),
    ] = None,
    keep: Annotated[
        int | None,
        typer.Option(
            metavar="N", min=1, help="Never the newest N; without --older-than all others."
        ),
    ] = None,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Only show which runs would be dropped.")
    ] = False,
) -> None:
    """Drop old runs. What has not ended stays, and `orch runs verify` knows what was dropped.

    Example: orch runs prune --older-than 30d --keep 50
    """
    from orchestrator.cli.console import show
    from orchestrator.report.runs import lines, together

    before = None if keep and older_than is None else _ago(older_than or "90d")
    journal = open_journal()
    act = journal.due if dry_run else journal.prune
    runs = together(act(before, keep or 0))
    if dry_run and runs:
        show(lines(runs))
    dropped = "would be dropped" if dry_run else "dropped"
    typer.echo(f"1 run {dropped}" if len(runs) == 1 else f"{len(runs)} runs {dropped}")


_LONGEST = 100 * 365 * 86_400
"""A hundred years in seconds, before which nobody ran anything."""


def _ago(time: str) -> datetime:
    from orchestrator.kinds import seconds

    try:
        return datetime.now(UTC) - timedelta(seconds=seconds(time, 0, _LONGEST))
    except ValueError as error:
        mend = "write e.g. --older-than 30d"
        raise UsageError(f"{time[:80]!a} is {error}", where="--older-than", mend=mend) from None


def find_run(journal: SqliteJournal, wanted: str) -> list[KeptRun]:
    """The run of that id, or the only one whose id begins so, or the newest: all its parts.

    Raises:
        UsageError: there is none, or several.
        JournalError: the journal cannot be read.
    """
    ids = journal.parts(wanted)
    if not ids:
        records = journal.records(1000)
        names = list(dict.fromkeys(record.whole or record.run_id for record in records))
        found = names[:1] if wanted == "latest" else [n for n in names if n.startswith(wanted)]
        if len(found) != 1:
            what = "no run is" if not found else f"{len(found)} runs are"
            mend = "`orch runs list` shows them"
            raise UsageError(f"{what} called {wanted[:80]!a}", where="RUN", mend=mend)
        ids = journal.parts(found[0])
    parts = [journal.load(run_id) for run_id in ids]
    return [part for part in parts if part is not None]


def report_of(journal: SqliteJournal, parts: list[KeptRun]) -> Report:
    """The report of a run that ended.

    Raises:
        UsageError: it has not ended.
    """
    from orchestrator.run import merged

    whole, wanted = parts[0].record.whole, parts[0].plan.parts
    if len(parts) > 1 and len(parts) < wanted:
        what = f"the run {whole} had {wanted} places, of which {len(parts)} are kept here"
        mend = f"`orch runs show {parts[0].record.run_id}` shows one of them"
        raise UsageError(what, where="RUN", mend=mend)
    reports = {place_of(part): _part_report(journal, part) for part in parts}
    return merged(whole, reports) if len(parts) > 1 else reports.popitem()[1]


def place_of(kept: KeptRun) -> str:
    """Where the hosts of that part are."""
    return place_words(kept.plan.procedure.region, kept.plan.account_role)


def _part_report(journal: SqliteJournal, kept: KeptRun) -> Report:
    from orchestrator.model.report import Report
    from orchestrator.run import KeptHosts

    closing, run_id = kept.closing, kept.record.run_id
    if closing is None:
        mend = f"orch runs resume {kept.record.whole or run_id}"
        raise UsageError(f"the run {run_id} has not ended", where="RUN", mend=mend)
    hosts = (*kept.plan.targets, *journal.strays(run_id, kept.plan.targets))
    return Report(
        run_id=run_id,
        plans=(kept.plan,),
        hosts=KeptHosts(journal, run_id, hosts, {}),
        tally=journal.tally(run_id),
        started=kept.record.started,
        ended=closing.ended,
        api_calls=closing.api_calls,
        timings=closing.timings,
        interrupted=closing.interrupted,
        notes=closing.notes,
    )
