"""From the command line to a plan: the runbook, its inputs, the script."""

from __future__ import annotations

import os
import secrets
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from orchestrator.cli.asking import ask, has_person
from orchestrator.cli.inputs import Inputs, Surroundings, collect
from orchestrator.cli.settings import Settings, load
from orchestrator.model.enums import Mode, Way

if TYPE_CHECKING:
    from collections.abc import Callable

    from orchestrator.cli.options import Request
    from orchestrator.model.plan import Plan
    from orchestrator.model.procedure import Procedure
    from orchestrator.model.runbook import Runbook


@dataclass(frozen=True, slots=True)
class Prepared:
    """A plan, what it was made from, and whether there is a person to ask."""

    plan: Plan
    inputs: Inputs
    terminal: bool


def prepare(request: Request, command: str, *, restore: bool = True) -> Prepared:
    """The plan of this request. ``command`` begins the example line of an error.

    ``restore`` is whether what a killed script leaves is to be put back.

    Raises:
        UsageError: the runbook or an input is wrong or missing, or the script is too long.
        CredentialsError: the operator's AWS profile does not exist.
    """
    from orchestrator import plan as planning
    from orchestrator.runbook import find

    name = request.runbook or read_settings().values.get("runbook", "switch-role")
    request = replace(request, runbook=name)
    runbook = find(name)

    def asked(inputs: Inputs) -> Procedure:
        return planning.procedure(runbook, inputs.values, inputs.region, inputs.how)

    return prepare_task(request, runbook, asked, command, restore=restore)


def prepare_task(
    request: Request,
    runbook: Runbook,
    ask_of: Callable[[Inputs], Procedure],
    command: str,
    *,
    restore: bool = False,
) -> Prepared:
    """The plan of any task; ``ask_of`` makes its procedure of the inputs. See `prepare`.

    Raises:
        UsageError: an input is wrong or missing, or the script is too long.
        CredentialsError: the operator's AWS profile does not exist.
    """
    from orchestrator import plan as planning
    from orchestrator.render import render

    terminal = has_person()
    inputs = collect(request, runbook, surroundings(terminal=terminal), command)
    asked = ask_of(inputs)
    run_id = request.run_id or planning.new_run_id(datetime.now(UTC), secrets.token_hex(3))
    plan = planning.plan(
        asked,
        render(asked, run_id),
        run_id,
        inputs.targets,
        delivery_timeout=inputs.delivery_timeout,
        execution_timeout=inputs.timeout,
        restore=_restoring(asked, run_id, inputs.targets) if restore else None,
    )
    return Prepared(plan, inputs, terminal)


def _restoring(asked: Procedure, run_id: str, targets: tuple[str, ...]) -> Plan | None:
    """What is sent where a script could not put things back. Nothing, where it changes nothing."""
    from orchestrator import plan as planning
    from orchestrator.render import render

    if asked.mode is Mode.EXISTING:
        return None
    restore = planning.restoring(asked, run_id)
    own_id = planning.restore_id(run_id)
    return planning.plan(
        restore,
        render(restore, own_id),
        own_id,
        targets,
        delivery_timeout=planning.RESTORE_DELIVERY,
        execution_timeout=planning.RESTORE_STORE
        if Way.SDK_STORE in asked.ways
        else planning.RESTORE_EXECUTION,
    )


def read_settings() -> Settings:
    """What the files of settings say; UsageError where one is wrong."""
    return load(os.environ, Path.cwd(), Path.home(), windows=os.name == "nt")


def surroundings(*, terminal: bool) -> Surroundings:
    """What orch.toml, the environment, the AWS profile and a person at a terminal know."""
    return Surroundings(read_settings(), os.environ, _profile_region, ask if terminal else None)


def _profile_region(profile: str | None) -> str | None:
    from orchestrator.aws.session import profile_region

    return profile_region(profile)
