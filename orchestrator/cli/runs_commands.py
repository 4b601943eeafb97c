"""`orch runs`: what was run before, and what has not ended yet."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Annotated

import typer

from orchestrator.cli.option_types import Output, OutputOption
from orchestrator.cli.run_commands import show_report
from orchestrator.cli.state import open_journal
from orchestrator.errors import UsageError

if TYPE_CHECKING:
    from orchestrator.journal import SqliteJournal
    from orchestrator.model.journal import KeptRun
    from orchestrator.model.report import Report

app = typer.Typer(
    help="List, show, take up and drop runs that were made before.",
    no_args_is_help=True,
    rich_markup_mode=None,
)

RunArgument = Annotated[
    str, typer.Argument(metavar="RUN", help="A run's id, or how it begins; latest for the newest.")
]


@app.command("list")
def list_runs(
    *,
    most: Annotated[int, typer.Option("--max-items", min=1, help="How many, newest first.")] = 20,
    output: OutputOption = Output.TEXT,
) -> None:
    """List the newest runs.

    Example: orch runs list --max-items 5
    """
    from orchestrator.cli.console import show
    from orchestrator.report.runs import document, lines

    records = open_journal().records(most)
    if output is Output.JSON:
        typer.echo(json.dumps(document(records), indent=2))
    else:
        show(lines(records))


@app.command("show")
def show_run(run: RunArgument, *, output: OutputOption = Output.TEXT) -> None:
    """Show a run's report again, as it was made; ends with the run's own exit code.

    Example: orch runs show latest
    """
    journal = open_journal()
    report = report_of(journal, find_run(journal, run))
    show_report(report, output)
    raise typer.Exit(report.exit_code)


@app.command("resume")
def resume_run(
    run: RunArgument,
    *,
    profile: Annotated[
        str | None,
        typer.Option("--profile", "-p", help="Your own AWS profile [the one it began with]."),
    ] = None,
    output: OutputOption = Output.TEXT,
) -> None:
    """Take up a run that was cut off, and see it to its end; nothing is sent twice.

    A run that has ended is shown. Exit codes are those of `orch run`.

    Example: orch runs resume latest
    """
    journal = open_journal()
    kept = find_run(journal, run)
    ended = kept.closing is not None
    report = report_of(journal, kept) if ended else _take_up(journal, kept, profile)
    show_report(report, output)
    raise typer.Exit(report.exit_code)


def _take_up(journal: SqliteJournal, kept: KeptRun, profile: str | None) -> Report:
    from orchestrator.cli.edges import edges
    from orchestrator.cli.progress import Progress
    from orchestrator.run import resume

    own, target = profile or kept.options.get("profile"), kept.options.get("target_profile")
    aws = edges(own, target, kept.plan.procedure.region)
    past = journal.invocations(kept.record.run_id)
    with Progress() as progress:
        return resume(
            kept, past, aws.fleet, aws.clock, progress, journal=journal, policies=aws.policies
        )


@app.command("prune")
def prune(
    *,
    older_than: Annotated[
        str, typer.Option(metavar="TIME", help="Runs that began longer ago, e.g. 30d.")
    ] = "90d",
) -> None:
    """Drop old runs. What has not ended stays.

    Example: orch runs prune --older-than 30d
    """
    from orchestrator.kinds import seconds

    try:
        age = timedelta(seconds=seconds(older_than, 0))
    except ValueError as error:
        mend = "write e.g. --older-than 30d"
        raise UsageError(
            f"{older_than[:80]!a} is {error}", where="--older-than", mend=mend
        ) from None
    count = open_journal().prune(datetime.now(UTC) - age)
    typer.echo("1 run dropped" if count == 1 else f"{count} runs dropped")


def find_run(journal: SqliteJournal, wanted: str) -> KeptRun:
    """The run of that id, or the only one whose id begins so, or the newest.

    Raises:
        UsageError: there is none, or several.
        JournalError: the journal cannot be read.
    """
    kept = journal.load(wanted)
    if kept is not None:
        return kept
    ids = [record.run_id for record in journal.records(1000)]
    found = ids[:1] if wanted == "latest" else [name for name in ids if name.startswith(wanted)]
    if len(found) != 1:
        what = "no run is" if not found else f"{len(found)} runs are"
        mend = "`orch runs list` shows them"
        raise UsageError(f"{what} called {wanted[:80]!a}", where="RUN", mend=mend)
    kept = journal.load(found[0])
    assert kept is not None  # it was just listed
    return kept


def report_of(journal: SqliteJournal, kept: KeptRun) -> Report:
    """The report of a run that ended.

    Raises:
        UsageError: it has not ended.
    """
    from orchestrator.model.report import Report
    from orchestrator.run import KeptHosts

    closing = kept.closing
    if closing is None:
        run_id = kept.record.run_id
        mend = f"orch runs resume {run_id}"
        raise UsageError(f"the run {run_id} has not ended", where="RUN", mend=mend)
    run_id, targets = kept.record.run_id, kept.plan.targets
    return Report(
        run_id=run_id,
        plans=(kept.plan,),
        hosts=KeptHosts(journal, run_id, targets, {}),
        tally=journal.tally(run_id),
        started=kept.record.started,
        ended=closing.ended,
        api_calls=closing.api_calls,
        timings=closing.timings,
        interrupted=closing.interrupted,
        notes=closing.notes,
    )
