"""`orch run`, `orch plan` and `orch render`: the same arguments, and ever more of the same way."""

from __future__ import annotations

import json
from contextlib import ExitStack, suppress
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from orchestrator.cli.option_types import Output, OutputOption
from orchestrator.cli.options import Request, takes_request
from orchestrator.cli.reporting import Reporting, takes_reporting
from orchestrator.errors import JournalError, UsageError
from orchestrator.model.enums import Platform

if TYPE_CHECKING:
    from orchestrator.cli.inputs import Inputs
    from orchestrator.cli.preparing import Part, Prepared
    from orchestrator.journal import SqliteJournal
    from orchestrator.model.report import Report
    from orchestrator.ports import Clock, Listener
    from orchestrator.run.together import Work

MANY = 10
"""More targets than these are asked for once more before anything is sent."""


NoPreflightOption = Annotated[
    bool,
    typer.Option(
        "--no-preflight", help="Send at once, without asking SSM first which hosts it can reach."
    ),
]
NoRestoreOption = Annotated[
    bool,
    typer.Option(
        "--no-restore", help="Leave on the host what a killed script left, to look at it there."
    ),
]
ResolveOption = Annotated[
    bool,
    typer.Option("--resolve", help="Ask SSM for the instances, also where they are all named."),
]
ToOption = Annotated[
    Path | None,
    typer.Option("--to", metavar="DIR", help="Write the files there instead of printing."),
]


def add_to(app: typer.Typer) -> None:
    """Give the commands to the command line."""
    for command in (run, plan, render):
        app.command()(takes_request(command))


@takes_reporting
def run(
    request: Request,
    *,
    telling: Reporting,
    no_preflight: NoPreflightOption = False,
    no_restore: NoRestoreOption = False,
) -> None:
    """Prove that the role switch works.

    Where it does not, the report says why. What is not given comes from orch.toml, then from a
    question on a terminal. SSM is asked first which targets it can reach, and a host that is known
    to be gone is not waited for; --no-preflight leaves that out. Exit codes: 0 all passed, 1 a
    check failed, 2 usage, 3 could not run, 4 inconclusive, 130 interrupted.

    Example: orch run --instance i-0d176f4a5f9738429 --role-arn ARN --bucket NAME

    Example: orch run --tag env=prod --report junit:results.xml -q
    """
    prepared = _prepare(request, "orch run", restore=not no_restore)
    ask_if_many(prepared, yes=request.yes, command="orch run")
    telling.end_with(_carry_out(prepared, preflight=not no_preflight, quiet=telling.quiet))


def plan(
    request: Request, output: OutputOption = Output.TEXT, *, resolve: ResolveOption = False
) -> None:
    """Print what `orch run` would do.

    It is the very plan that `orch run` carries out with the same arguments: targets, steps,
    expectations, API calls, permissions, worst-case time, the script's size and SHA-256. AWS is
    asked only where the instances are not named, or are in several places: for them it shows who is
    online, and who is skipped and why. In each region and account there is a plan of its own.

    Example: orch plan --instance i-0d176f4a5f9738429 --output json
    """
    plans = [part.plan for part in _prepare(request, "orch plan", resolve=resolve).parts]
    if output is Output.JSON:
        from orchestrator.model.codec import as_data

        told = [as_data(made) for made in plans]
        typer.echo(json.dumps(told if len(told) > 1 else told[0], indent=2))
        return
    from orchestrator.plan import lines

    for number, made in enumerate(plans):
        for line in ("", *lines(made)) if number else lines(made):
            typer.echo(line)


def render(request: Request, to: ToOption = None) -> None:
    """Print the script that would be sent.

    With --to, the AWS config profile and the scripts are written to a folder. The run id stands in
    the script: with --run-id it is the same to the byte as a later run's.

    Example: orch render --instance i-0d176f4a5f9738429 --to review/
    """
    plan = _prepare(request, "orch render").plan
    script = plan.script
    if to is None:
        typer.echo(script.text, nl=False)
        return
    ending = "sh" if plan.procedure.platform is Platform.LINUX else "ps1"
    for name, text in ((f"script.{ending}", script.text), *script.parts):
        path = to / name
        try:
            to.mkdir(parents=True, exist_ok=True)
            path.write_bytes(text.encode())
        except OSError as error:
            what = f"{path} cannot be written: {error.strerror}"
            raise UsageError(what, where="--to", mend="name another folder") from error
        typer.echo(path)


def _prepare(
    request: Request, command: str, *, restore: bool = True, resolve: bool = False
) -> Prepared:
    from orchestrator.cli.preparing import prepare

    return prepare(request, command, restore=restore, resolve=resolve)


def ask_if_many(prepared: Prepared, *, yes: bool, command: str) -> None:
    """Many hosts are seldom meant by mistake, and never without a word."""
    count = prepared.hosts
    if yes or count <= MANY:
        return
    where = "--instance" if prepared.inputs.selection is None else "what is selected"
    if not prepared.terminal:
        what = f"this would run on {count} instances"
        raise UsageError(what, where=where, mend="say --yes to run on more than 10")
    from orchestrator.cli.asking import confirmed

    if not confirmed(f"Run on {count} instances?"):
        raise UsageError("not run", where=command, mend="nothing was sent")


def _carry_out(prepared: Prepared, *, preflight: bool, quiet: bool) -> Report:
    from orchestrator.cli.progress import Progress
    from orchestrator.cli.state import open_journal, own_state
    from orchestrator.journal import holding
    from orchestrator.run import together
    from orchestrator.waiting.clock import StoppableClock, Stops, SystemClock

    inputs, parts = prepared.inputs, prepared.parts
    journal = open_journal({"profile": inputs.profile, "target_profile": inputs.target_profile})
    _refuse_known(journal, prepared.run_id)
    with ExitStack() as held, Progress(quiet=quiet) as progress:
        for part in parts:
            held.enter_context(holding(own_state(), part.plan.run_id))
        if len(parts) == 1:
            return _part(parts[0], inputs, journal, SystemClock(), preflight=preflight)(progress)
        stops = Stops()
        works = {
            part.place.name: _part(part, inputs, journal, StoppableClock(stops), alone=False)
            for part in parts
        }
        return together(prepared.run_id, works, progress, stops.stop)


def _refuse_known(journal: SqliteJournal, run_id: str) -> None:
    """Two runs of one id would meet in one folder on the host, and in one place here."""
    with suppress(JournalError):  # the run itself tells of a journal that cannot be used
        if journal.parts(run_id):
            mend = "leave it out, or `orch runs resume` the run that has it"
            what = f"the run {run_id} is kept here already"
            raise UsageError(what, where="--run-id", mend=mend)


def _part(
    part: Part,
    inputs: Inputs,
    journal: SqliteJournal,
    clock: Clock,
    *,
    preflight: bool = True,
    alone: bool = True,
) -> Work:
    """What carries out the plan of one place."""
    from orchestrator.cli.edges import edges
    from orchestrator.run import run as interpret
    from orchestrator.run import unsorted_targets

    place = part.place
    aws = place.aws or edges(
        inputs.profile, inputs.target_profile, place.region, place.account_role
    )
    targets = part.targets if preflight else unsorted_targets(part.plan)

    def work(listener: Listener) -> Report:
        return interpret(
            part.plan,
            aws.fleet,
            clock,
            listener,
            aws.policies,
            targets=targets,
            journal=journal,
            alone=alone,
        )

    return work
