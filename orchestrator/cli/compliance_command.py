"""`orch compliance`: how the fleet stands by its schedules."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Annotated

import typer

from orchestrator.cli.option_types import Output, OutputOption, ProfileOption
from orchestrator.cli.reporting import FailOn, FailOnOption
from orchestrator.cli.schedule_options import NamesArgument
from orchestrator.cli.state import open_journal
from orchestrator.errors import CannotRunError, UsageError
from orchestrator.wording import hosts_words

if TYPE_CHECKING:
    from orchestrator.journal import SqliteJournal
    from orchestrator.model.compliance import Fleet, Followed, Published, Standing
    from orchestrator.model.journal import ScheduledRun

PublishOption = Annotated[
    bool,
    typer.Option("--publish", help="Tell Systems Manager, as items of Custom:OrchSwitchRole."),
]
QuietOption = Annotated[
    bool, typer.Option("--quiet", "-q", help="Print nothing but errors; the exit code tells.")
]
ALL_OF_IT = 100_000
"""Runs that are looked back at: more than a journal keeps."""


def add_to(app: typer.Typer) -> None:
    """Give the command to the command line."""
    app.command()(compliance)


def compliance(
    names: NamesArgument = None,
    *,
    publish: PublishOption = False,
    profile: ProfileOption = None,
    quiet: QuietOption = False,
    fail_on: FailOnOption = FailOn.UNKNOWN,
    output: OutputOption = Output.TEXT,
) -> None:
    """Tell how each host stands by its schedules.

    From what was collected: PASS, FAIL or UNKNOWN, and since when. A host of which there is no news
    for two periods of its schedule is UNKNOWN, never PASS. Nothing is asked of AWS, but with
    --publish, which writes what is told here into Systems Manager. Exit codes: 0 all pass, 1 a host
    fails, 4 one is unknown, or nothing was collected.

    Example: orch compliance --publish
    """
    from orchestrator.compliance.text import document

    if quiet and output is Output.JSON:
        raise UsageError("it prints nothing", where="--quiet", mend="leave out --output json")
    journal = open_journal()
    runs = journal.scheduled()
    known = {run.schedule for run in runs}
    for name in names or ():
        if name not in known:
            mend = f"`orch collect {name}` reads what it has done"
            raise UsageError(f"nothing was collected of {name[:80]!a}", where="NAME", mend=mend)
    found = _fleet(journal, runs, set(names or known))
    published = _publish(found.standings, runs, profile) if publish else None
    if output is Output.JSON:
        typer.echo(json.dumps(document(found, published), indent=2))
    elif not quiet:
        _show(found, published)
    elif published is not None:
        _show_failed(published)
    failed = published is not None and bool(published.failed)
    raise typer.Exit(CannotRunError.exit_code if failed else fail_on.ends_with(found.exit_code))


def _fleet(journal: SqliteJournal, runs: Sequence[ScheduledRun], names: set[str]) -> Fleet:
    from orchestrator.compliance import fleet

    ended = [
        item for name in sorted(names) for item in journal.past(schedule=name, most=ALL_OF_IT).seen
    ]
    under_way = [item for item in journal.under_way() if item.schedule in names]
    mine = [run for run in runs if run.schedule in names]
    return fleet(ended, under_way, _followed(mine), datetime.now(UTC))


def _followed(runs: Sequence[ScheduledRun]) -> Mapping[tuple[str, str, str], Followed]:
    """Each schedule in each place, as it was when its newest run was collected."""
    from orchestrator.kinds.timing import timing
    from orchestrator.model.compliance import Followed

    found: dict[tuple[str, str, str], Followed] = {}
    for run in runs:
        try:
            period = timing(run.options.get("expression", "")).period
        except ValueError:
            period = 0
        severity = run.options.get("severity", "UNSPECIFIED")
        key = (run.schedule, run.region, run.account_role)
        found[key] = Followed(run.schedule, period, severity)
    return found


def _publish(
    standings: Sequence[Standing], runs: Sequence[ScheduledRun], profile: str | None
) -> Published:
    from orchestrator.aws.compliance import AwsCompliance
    from orchestrator.cli.edges import edges
    from orchestrator.model.compliance import Published
    from orchestrator.run.publishing import publish

    # By each host's own run: one region may be that of several accounts, by several AWS profiles.
    profiles = {run.run_id: run.options.get("profile") for run in runs}
    places: dict[tuple[str, str, str | None], list[Standing]] = {}
    for item in standings:
        key = (item.region, item.account_role, profile or profiles.get(item.run_id))
        places.setdefault(key, []).append(item)
    done = Published(0, 0)
    for (region, role, own), mine in places.items():
        aws = edges(own, None, region, role)
        one = publish(mine, AwsCompliance(aws.access))
        done = replace(
            done,
            written=done.written + one.written,
            equal=done.equal + one.equal,
            gone=done.gone + one.gone,
            failed=done.failed + one.failed,
        )
    return done


def _show_failed(published: Published) -> None:
    from orchestrator.cli.console import show_error

    for instance_id, why in published.failed:
        mend = "`orch compliance --publish` tries it again"
        show_error(CannotRunError(why, where=f"publishing {instance_id}", mend=mend))


def _show(found: Fleet, published: Published | None) -> None:
    from orchestrator.cli.console import show
    from orchestrator.compliance.text import lines
    from orchestrator.report.styled import STYLES, Segment, harmless, labelled

    styles = {**{str(outcome): style for outcome, style in STYLES.items()}, "strong": "strong"}
    said = [
        tuple(Segment(harmless(text), styles.get(style, "")) for text, style in line)
        for line in lines(found)
    ]
    if published is not None:
        written = hosts_words(published.written)
        words = f"{written} written, {published.equal} already as told here"
        said += [(), *labelled("publish", words, indent=0)]
        for instance_id in published.gone:
            what = f"{instance_id}: SSM does not manage it there, or not any more"
            said += labelled("", what, "unknown", indent=0)
        for instance_id, why in published.failed:
            said += labelled("", f"{instance_id}: {why}", "bad", indent=0)
    show(said)
