"""`orch runs diff` and `orch history`: what changed from run to run."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Annotated

import typer

from orchestrator.cli.option_types import Output, OutputOption
from orchestrator.cli.runs_commands import find_run, report_of
from orchestrator.cli.state import open_journal
from orchestrator.errors import JournalError, UsageError

if TYPE_CHECKING:
    from orchestrator.journal import SqliteJournal
    from orchestrator.model.drift import HostFacts, Side


_A = Annotated[str, typer.Argument(metavar="A", help="The earlier run, as in `orch runs show`.")]
_B = Annotated[str, typer.Argument(metavar="B", help="The later one.")]


def add_to(app: typer.Typer, runs: typer.Typer) -> None:
    """Give the commands to the command line, and to those about runs."""
    app.command()(history)
    runs.command("diff")(diff)


def diff(a: _A, b: _B, *, output: OutputOption = Output.TEXT) -> None:
    """Say what differs in run B from run A.

    That may be outcomes, identities, buckets, versions and files. Only what was observed in both is
    compared. Exit codes: 0 no difference, 1 differences, 4 not comparable: no host gave evidence in
    both, or the runs did not ask the same, and then only what does not depend on the question is
    compared.

    Example: orch runs diff 20260101 latest
    """
    from orchestrator.cli.console import show
    from orchestrator.drift import compare
    from orchestrator.report.drift import document, lines

    journal = open_journal()
    drift = compare(_side(journal, a), _side(journal, b))
    if output is Output.JSON:
        typer.echo(json.dumps(document(drift), indent=2))
    else:
        show(lines(drift))
    raise typer.Exit(drift.exit_code)


def history(
    instance: Annotated[str, typer.Argument(metavar="ID", help="An instance id.")],
    *,
    most: Annotated[
        int, typer.Option("--max-items", min=1, help="How many of its newest runs.")
    ] = 50,
    output: OutputOption = Output.TEXT,
) -> None:
    """Show one host through its runs, and since when it is as it is.

    What changed with its outcome is told, too. Runs that asked different things are told apart.
    Several changes of the outcome in a short time are called flapping.

    Example: orch history i-0d176f4a5f9738429
    """
    from orchestrator.cli.console import show
    from orchestrator.drift import courses
    from orchestrator.kinds import check
    from orchestrator.model.history import Past
    from orchestrator.report.drift import course_document, course_lines

    try:
        check("instance-id", instance)
    except ValueError as error:
        mend = "e.g. orch history i-0d176f4a5f9738429"
        raise UsageError(str(error), where="ID", mend=mend) from None
    journal = open_journal()
    # One more than is shown says whether there are older ones.
    past = journal.past([instance], most=most + 1)
    runs = list(past.by_run().values())[-most:]
    shown = Past(tuple(item for run in runs for item in run))
    if not past.seen:
        what = f"no run that has ended here was on {instance}"
        raise UsageError(what, where="ID", mend="`orch runs list` shows the runs")
    facts = {item.run_id: _facts(journal, item.run_id, instance) for item in shown.seen}
    found = courses(shown, facts, cut=len(shown.seen) < len(past.seen))
    if output is Output.JSON:
        typer.echo(json.dumps(course_document(found), indent=2))
    else:
        show(course_lines(found))


def _facts(journal: SqliteJournal, run_id: str, instance_id: str) -> HostFacts:
    from orchestrator.drift import facts_of

    for part in journal.parts(run_id):
        host = journal.host(part, instance_id)
        if host is not None:
            return facts_of(host)
    what = f"the report of {instance_id} in the run {run_id} is not there any more"
    raise JournalError(what, mend="`orch runs verify` says what is missing")


def _side(journal: SqliteJournal, wanted: str) -> Side:
    from orchestrator.drift import facts_of
    from orchestrator.model.drift import Side
    from orchestrator.render import sha256_without_run

    report = report_of(journal, find_run(journal, wanted))
    return Side(
        run_id=report.run_id,
        started=report.started,
        outcome=report.outcome,
        plans=report.plans,
        scripts=tuple(sha256_without_run(plan.script, plan.run_id) for plan in report.plans),
        hosts={host.instance_id: facts_of(host) for host in report.hosts},
    )
