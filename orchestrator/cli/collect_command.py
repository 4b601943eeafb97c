"""`orch collect`: what schedules have done, judged and kept."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Annotated

import typer

from orchestrator.cli.option_types import AccountRoleOption, Output, ProfileOption, RegionsOption
from orchestrator.cli.reporting import FailOn, Reporting, takes_reporting
from orchestrator.cli.schedule_options import NamesArgument, place_request
from orchestrator.cli.state import open_journal, own_state
from orchestrator.errors import (
    CannotRunError,
    CredentialsError,
    DeniedError,
    JournalError,
    OrchError,
    UnreachableError,
    UsageError,
)
from orchestrator.model.enums import OWN_EXIT_CODES, Outcome, sum_of
from orchestrator.wording import place_words

if TYPE_CHECKING:
    from orchestrator.cli.scheduling import At
    from orchestrator.model.report import Report
    from orchestrator.model.schedule import Collected, Found, KnownAssociation

EveryOption = Annotated[bool, typer.Option("--all", help="Every schedule of orch's that is there.")]
TargetOption = Annotated[
    str | None,
    typer.Option(
        metavar="NAME",
        help="Your AWS profile in account B, to read there why it failed, where it just has.",
    ),
]


@dataclass(slots=True)
class Part:
    """What was collected of one schedule in one place."""

    name: str
    place: str
    collected: list[Collected] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    newest: Report | None = None


def add_to(app: typer.Typer) -> None:
    """Give the command to the command line."""
    app.command()(takes_reporting(collect))


def collect(
    names: NamesArgument = None,
    *,
    telling: Reporting,
    every: EveryOption = False,
    profile: ProfileOption = None,
    target_profile: TargetOption = None,
    region: RegionsOption = None,
    account_role: AccountRoleOption = None,
) -> None:
    """Judge and keep what schedules have done since the last time.

    Each time that State Manager ran a schedule becomes a run in the journal: `orch runs show`,
    `orch report` and `orch compliance` tell of it. Nothing is collected twice, and what has not
    ended is looked at again. --report writes the newest execution; of another, `orch report ID`.
    Exit codes are those of `orch run`, over all that was new; 0 where nothing was.

    Example: orch collect orch-switch-role
    """
    from orchestrator.cli.scheduling import places_of

    if bool(names) is every:
        what = "name schedules, or say --all" if not names else "--all, and names beside it"
        raise UsageError(what, where="NAME", mend="orch collect --all")
    request = replace(place_request(profile, region, account_role), target_profile=target_profile)
    places, inputs = places_of(request, "orch collect")
    parts: list[Part] = []
    failed: list[OrchError] = []
    calls = Counter[str]()
    for place in places:
        try:
            _place(place, names, inputs.profile, parts, failed)
        except OrchError as error:
            failed.append(error)
        calls.update(place.manager.calls())
    known = {part.name for part in parts}
    if not failed and (missing := [name for name in names or () if name not in known]):
        what = f"there is no schedule {missing[0][:80]!a} there"
        mend = "`orch schedule apply` makes it; check --region and --profile"
        failed.append(CannotRunError(what, where="NAME", mend=mend))
    # What was collected is told now or never: the next time it is not new any more.
    told = [part for part in parts if part.collected or not failed]
    if told or not failed:
        _tell(told, calls, telling)
    if failed:
        raise failed[0]
    raise typer.Exit(_exit_code(parts, telling.fail_on))


def _place(
    place: At,
    names: Sequence[str] | None,
    profile: str | None,
    parts: list[Part],
    failed: list[OrchError],
) -> None:
    """Collect these schedules there, all if None. One that cannot be is no reason to stop."""
    from orchestrator.schedules import is_foreign, ours

    for name in names if names else place.manager.names():
        found = place.manager.find(name)
        mine = ours(name, found)
        if not mine:
            continue
        part = Part(name, place_words(place.region, place.account_role))
        parts.append(part)
        if not names and is_foreign(name, found):
            part.notes.append("orch has not made its document: it is left out")
            continue
        try:
            with _alone(mine[0]):
                _schedule(part, place, found, mine[0], profile)
        except (CredentialsError, DeniedError, UnreachableError):
            raise
        except CannotRunError as error:
            part.notes.append(f"it could not be collected to its end: {error.what}")
            failed.append(error)


@contextmanager
def _alone(association: KnownAssociation) -> Iterator[None]:
    """Hold the schedule, so that two do not collect the same at once."""
    from orchestrator.journal import holding
    from orchestrator.journal.holding import RunHeldError

    try:
        with holding(own_state(), f"collect-{association.association_id}"):
            yield
    except RunHeldError as error:
        what = "another `orch collect` on this machine is at it"
        where = association.spec.name
        raise JournalError(what, where=where, mend="wait until it has ended") from error


def _schedule(
    part: Part, place: At, found: Found, association: KnownAssociation, profile: str | None
) -> None:
    from orchestrator.run.collecting import Collecting, Place
    from orchestrator.schedules.collected import Telling

    journal = open_journal(
        {
            "profile": profile,
            "association": association.association_id,
            "expression": association.spec.expression,
            "severity": association.spec.severity,
        }
    )
    name, here = part.name, (place.region, place.account_role)
    seen = journal.past(schedule=name).seen
    short = Telling()
    short.begin(item for item in seen if (item.region, item.account_role) == here)
    asked = Place(*here, place.manager, place.aws.fleet, place.aws.policies)
    collecting = Collecting(name, asked, journal, place.aws.clock)
    for report in collecting.reports(found):
        part.collected.append(short.tell(report))
        part.newest = report
    part.notes = collecting.notes
    if part.newest is None:
        part.newest = _kept(name, here)


def _kept(name: str, here: tuple[str, str]) -> Report | None:
    """The newest run of the schedule there that has ended."""
    from orchestrator.cli.runs_commands import find_run, report_of

    journal = open_journal()
    runs = [run for run in journal.scheduled(name) if (run.region, run.account_role) == here]
    ended = [run.run_id for run in runs if run.is_ended]
    return report_of(journal, find_run(journal, ended[-1])) if ended else None


def _tell(parts: Sequence[Part], calls: Counter[str], telling: Reporting) -> None:
    """The files first, then in short what is new."""
    from orchestrator.run import merged

    newest = {f"{part.name}, {part.place}": part.newest for part in parts if part.newest}
    reports = list(newest.values())
    try:
        if reports and telling.wanted:
            one = reports[0] if len(reports) == 1 else merged("collected", newest)
            replace(telling, output=Output.TEXT, files_only=True).tell(one)
    finally:
        if telling.output is Output.JSON:
            typer.echo(json.dumps(_document(parts, calls), indent=2))
        elif not telling.quiet and all(one.path for one in telling.wanted):
            _show(parts, calls)


def _show(parts: Sequence[Part], calls: Counter[str]) -> None:
    from orchestrator.cli.console import show
    from orchestrator.report.styled import STYLES, Line, Segment, harmless, labelled
    from orchestrator.schedules.collected import lines

    said: list[Line] = []
    if not parts:
        said += [(), (Segment("no schedule is there; `orch schedule apply` makes one"),)]
    for part in parts:
        count = len(part.collected)
        new = "nothing new" if not count else f"{count} execution{'s' if count > 1 else ''}"
        said += [(), (Segment(f"{part.name} in {part.place}: {new}", "strong"),)]
        for head, rest, outcome in lines(part.collected):
            style = STYLES[Outcome(outcome)] if outcome else ""
            said.append((Segment(head, style), Segment(harmless(rest))))
        for note in part.notes:
            said += labelled("note", note, "unknown", indent=0)
    total = sum(calls.values())
    each = ", ".join(f"{operation} {number}" for operation, number in sorted(calls.items()))
    show([*said[1:], (), *labelled("calls", f"{total}: {each}", indent=0)])


def _document(parts: Sequence[Part], calls: Counter[str]) -> dict[str, object]:
    from orchestrator.model.codec import as_data

    schedules = [
        {
            "schedule": part.name,
            "place": part.place,
            "executions": as_data(part.collected),
            "notes": list(part.notes),
        }
        for part in parts
    ]
    return {"schema_version": "1.0", "schedules": schedules, "api_calls": dict(calls)}


def _exit_code(parts: Sequence[Part], fail_on: FailOn) -> int:
    outcomes = [item.outcome for part in parts for item in part.collected]
    return fail_on.ends_with(OWN_EXIT_CODES[sum_of(outcomes)] if outcomes else 0)
