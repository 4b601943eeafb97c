"""From the command line to a plan: the runbook, its inputs, the script."""

from __future__ import annotations

import os
import secrets
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from orchestrator.cli.asking import ask, has_person
from orchestrator.cli.inputs import Inputs, Surroundings, collect
from orchestrator.cli.settings import load

if TYPE_CHECKING:
    from orchestrator.cli.options import Request
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
    terminal = has_person()
    inputs = collect(request, runbook, surroundings(terminal=terminal), command)
    asked = planning.procedure(runbook, inputs.values, inputs.region, inputs.how)
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


def surroundings(*, terminal: bool) -> Surroundings:
    """What orch.toml, the environment, the AWS profile and a person at a terminal know."""
    settings = load(os.environ, Path.cwd(), Path.home(), windows=os.name == "nt")
    return Surroundings(settings, os.environ, _profile_region, ask if terminal else None)


def _profile_region(profile: str | None) -> str | None:
    from orchestrator.aws.session import profile_region

    return profile_region(profile)
