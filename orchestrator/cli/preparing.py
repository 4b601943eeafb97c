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
from orchestrator.cli.resolving import BY_TAG
from orchestrator.cli.settings import Settings, load
from orchestrator.model.enums import Platform, Way
from orchestrator.model.plan import Skipped

if TYPE_CHECKING:
    from collections.abc import Callable

    from orchestrator.cli.options import Request
    from orchestrator.cli.resolving import Place
    from orchestrator.model.fleet import Tags
    from orchestrator.model.plan import Plan, Script
    from orchestrator.model.procedure import Procedure
    from orchestrator.model.runbook import Runbook
    from orchestrator.run import Targets


@dataclass(frozen=True, slots=True)
class Part:
    """The plan for one place. ``targets`` are sorted already where SSM was asked for them."""

    plan: Plan
    place: Place
    targets: Targets | None


@dataclass(frozen=True, slots=True)
class Prepared:
    """A run: a plan for each place, what it was made from, and whether there is a person to ask."""

    run_id: str
    parts: tuple[Part, ...]
    inputs: Inputs
    terminal: bool

    @property
    def plan(self) -> Plan:
        """The plan of the first place, and mostly of the only one."""
        return self.parts[0].plan

    @property
    def hosts(self) -> int:
        """How many hosts it is about."""
        return sum(len(part.plan.targets) for part in self.parts)


def prepare(
    request: Request, command: str, *, restore: bool = True, resolve: bool = False
) -> Prepared:
    """The plans of this request. ``command`` begins the example line of an error.

    ``restore`` is whether what a killed script leaves is to be put back; ``resolve`` whether SSM is
    to be asked for the instances also where they are named.

    Raises:
        UsageError: the runbook or an input is wrong or missing, or the script is too long.
        CredentialsError: the operator's AWS profile does not exist.
        CannotRunError: SSM has to be asked, and cannot be, or manages none of the instances.
    """
    from orchestrator import plan as planning
    from orchestrator.runbook import find

    name = request.runbook or read_settings().values.get("runbook", "switch-role")
    request = replace(request, runbook=name)
    runbook = find(name)

    def asked(inputs: Inputs) -> Procedure:
        return planning.procedure(runbook, inputs.values, inputs.region, inputs.how)

    return prepare_task(request, runbook, asked, command, restore=restore, resolve=resolve)


def prepare_task(
    request: Request,
    runbook: Runbook,
    ask_of: Callable[[Inputs], Procedure],
    command: str,
    *,
    restore: bool = False,
    resolve: bool = False,
) -> Prepared:
    """The plans of any task; ``ask_of`` makes its procedure of the inputs. See `prepare`.

    Raises:
        UsageError: an input is wrong or missing, or the script is too long.
        CredentialsError: the operator's AWS profile does not exist.
    """
    from orchestrator import plan as planning
    from orchestrator.cli.resolving import is_all_said, places

    terminal = has_person()
    inputs = collect(request, runbook, surroundings(terminal=terminal), command)
    run_id = request.run_id or planning.new_run_id(datetime.now(UTC), secrets.token_hex(3))
    making = _Making(inputs, ask_of, run_id, restore=restore)
    if resolve or not is_all_said(inputs):
        # What is wrong with the question is told before anybody is asked about hosts.
        making.script_in(inputs.regions[0])
    found = places(inputs, resolve=resolve)
    several = len(found) > 1
    parts = [
        making.part(place, number if several else 0, len(found))
        for number, place in enumerate(found, 1)
    ]
    return Prepared(run_id, tuple(parts), inputs, terminal)


@dataclass(frozen=True, slots=True)
class _Making:
    """Makes the plans of one run."""

    inputs: Inputs
    ask_of: Callable[[Inputs], Procedure]
    run_id: str
    restore: bool

    def script_in(self, region: str, run_id: str = "") -> tuple[Procedure, Script]:
        """What is asked of hosts of that region, and its script."""
        from orchestrator.render import render

        asked = self.ask_of(replace(self.inputs, regions=(region,)))
        return asked, render(asked, run_id or self.run_id)

    def part(self, place: Place, number: int, parts: int) -> Part:
        """The plan for that place. ``number`` tells the parts of a run apart; 0 if it is all."""
        from orchestrator import plan as planning
        from orchestrator.run import known_targets

        inputs, ids = self.inputs, place.instance_ids
        run_id = f"{self.run_id}-{number}" if number else self.run_id
        asked, script = self.script_in(place.region, run_id)
        skipped, doubtful = _known_of(place, asked.platform)
        plan = planning.plan(
            asked,
            script,
            run_id,
            ids,
            delivery_timeout=inputs.delivery_timeout,
            execution_timeout=inputs.timeout,
            restore=_restoring(asked, run_id, ids) if self.restore else None,
            pace=inputs.pace,
            skipped=skipped,
            doubtful=doubtful,
            account_role=place.account_role,
            whole=self.run_id if number else "",
            parts=parts,
            tags=self._tags(place, skipped),
            by_group=inputs.selection is not None and bool(inputs.selection.resource_group),
            output_s3=inputs.output_s3,
        )
        targets: Targets | None = None
        if place.managed is not None:
            targets = replace(known_targets(plan, place.managed), notes=place.notes)
        return Part(plan, place, targets)

    def _tags(self, place: Place, skipped: list[Skipped]) -> Tags:
        """What one command may go by instead of ids; it would wait for whoever is not online."""
        many = len(place.instance_ids) > BY_TAG
        return place.tags if many and not skipped and not self.inputs.pace.canary else ()


def _known_of(place: Place, platform: Platform) -> tuple[list[Skipped], list[Skipped]]:
    """Who is skipped, and who is doubtful, as far as SSM was asked."""
    from orchestrator.run import why_doubtful, why_skipped

    skipped, doubtful = [], []
    for instance_id in place.instance_ids if place.managed is not None else ():
        row = (place.managed or {}).get(instance_id)
        if why := why_skipped(row, platform):
            skipped.append(Skipped(instance_id, why))
        elif why := why_doubtful(row):
            doubtful.append(Skipped(instance_id, why))
    return skipped, doubtful


def _restoring(asked: Procedure, run_id: str, targets: tuple[str, ...]) -> Plan | None:
    """What is sent where a script could not put things back. None where it leaves nothing."""
    from orchestrator import plan as planning
    from orchestrator.render import render

    if not asked.makes_folder:
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
