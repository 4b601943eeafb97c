"""The command line itself: which commands there are. Each is imported where it is written."""

from __future__ import annotations

import os
from typing import Annotated

import typer

from orchestrator import __version__
from orchestrator.cli import (
    collect_command,
    compliance_command,
    doctor_command,
    drift_commands,
    explain_command,
    profile_commands,
    report_command,
    run_commands,
    runbook_commands,
    runs_commands,
    sandbox_commands,
    schedule_commands,
    setup_commands,
    sharing_commands,
    task_commands,
    verify_command,
)
from orchestrator.cli.endings import Root

app = typer.Typer(
    name="orch",
    cls=Root,
    help="Prove that a role switch works on Windows EC2 instances, and say why when it does not.",
    epilog="Try it without an AWS account: "
    "orch sandbox exec -- orch run --instance i-0d176f4a5f9738429",
    no_args_is_help=True,
    rich_markup_mode=None,
    add_completion=True,
    pretty_exceptions_enable=False,
)


@app.callback(invoke_without_command=True)
def root(
    *,
    version: Annotated[
        bool, typer.Option("--version", help="Print the version.", is_eager=True)
    ] = False,
    debug: Annotated[bool, typer.Option("--debug", help="Show tracebacks of errors.")] = False,
) -> None:
    """Take the options that stand before a command."""
    if version:
        typer.echo(f"orch {__version__}")
        raise typer.Exit
    if debug:
        os.environ["ORCH_DEBUG"] = "1"


run_commands.add_to(app)
task_commands.add_to(app)
doctor_command.add_to(app)
explain_command.add_to(app)
verify_command.add_to(runs_commands.app)
report_command.add_to(app)
sharing_commands.add_to(runs_commands.app)
drift_commands.add_to(app, runs_commands.app)
app.add_typer(runs_commands.app, name="runs")
app.add_typer(runbook_commands.app, name="runbook")
app.add_typer(profile_commands.app, name="profile")
app.add_typer(schedule_commands.app, name="schedule")
collect_command.add_to(app)
compliance_command.add_to(app)
app.add_typer(setup_commands.app, name="setup")
app.add_typer(sandbox_commands.app, name="sandbox")
