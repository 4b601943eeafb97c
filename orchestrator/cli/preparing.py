"""From the command line to a plan: the runbook, its inputs, the script."""

from __future__ import annotations

import os
import secrets
import sys
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import typer

from orchestrator.cli.inputs import Inputs, Surroundings, collect
from orchestrator.cli.settings import load

if TYPE_CHECKING:
    from orchestrator.cli.options import Request
    from orchestrator.cli.questions import Question
    from orchestrator.model.plan import Plan


@dataclass(frozen=True, slots=True)
class Prepared:
    """A plan, what it was made from, and whether there is a person to ask."""

    plan: Plan
    inputs: Inputs
    terminal: bool


def prepare(request: Request, command: str) -> Prepared:
    """The plan of this request. ``command`` begins the example line of an error.

    Raises:
        UsageError: the runbook or an input is wrong or missing, or the script is too long.
        CredentialsError: the operator's AWS profile does not exist.
    """
    from orchestrator import plan as planning
    from orchestrator.render import render
    from orchestrator.runbook import find

    runbook = find(request.runbook)
    terminal = sys.stdin.isatty() and sys.stderr.isatty()
    inputs = collect(request, runbook, _surroundings(terminal=terminal), command)
    asked = planning.procedure(runbook, inputs.values, inputs.region, inputs.shell, inputs.mode)
    run_id = request.run_id or planning.new_run_id(datetime.now(UTC), secrets.token_hex(3))
    plan = planning.plan(
        asked,
        render(asked, run_id),
        run_id,
        inputs.targets,
        delivery_timeout=inputs.delivery_timeout,
        execution_timeout=inputs.timeout,
    )
    return Prepared(plan, inputs, terminal)


def _surroundings(*, terminal: bool) -> Surroundings:
    settings = load(os.environ, Path.cwd(), Path.home(), windows=os.name == "nt")
    return Surroundings(settings, os.environ, _profile_region, _ask if terminal else None)


def _profile_region(profile: str | None) -> str | None:
    from orchestrator.aws.session import profile_region

    return profile_region(profile)


def _ask(question: Question) -> str:
    """Ask until the answer is right; questions go to standard error, as data does not."""
    while True:
        answer: str = typer.prompt(f"{question.help} (e.g. {question.example})", err=True)
        try:
            return question.check(answer.strip())
        except ValueError as error:
            typer.echo(f"  {error}", err=True)
