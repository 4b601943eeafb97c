"""What a run is told: by options, then orch.toml, then a person's answers, then defaults.

Whatever is missing or malformed is reported together, in one error with an example line.
"""

from __future__ import annotations

import shlex
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from difflib import get_close_matches
from typing import TYPE_CHECKING, NamedTuple

from orchestrator.cli.known import Given, Known
from orchestrator.cli.questions import (
    OUTPUT_BUCKET,
    OUTPUT_PREFIX,
    OWN_OPTIONS,
    Question,
    option_of,
    questions,
    split_list,
)
from orchestrator.cli.settings import Settings
from orchestrator.cli.targeting import account_roles, named, pace, read_targets, selected
from orchestrator.kinds import seconds
from orchestrator.model.enums import Mode, Platform, Shell, Way
from orchestrator.model.fleet import OutputS3, Selection
from orchestrator.model.plan import DELIVERY_TIMEOUT, EXECUTION_TIMEOUT, Pace
from orchestrator.model.runbook import Runbook
from orchestrator.plan.procedure import OnTheHost

if TYPE_CHECKING:
    # Only its name: the module itself needs Typer.
    from orchestrator.cli.options import Request


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What else may know a value.

    ``profile_region`` gives the region that the operator's AWS profile names; ``ask`` puts a
    question to the person at the terminal, and is None where there is no terminal. ``read`` gives
    the text of the file that ``--targets`` names.
    """

    settings: Settings
    environment: Mapping[str, str]
    profile_region: Callable[[str | None], str | None]
    ask: Callable[[Question], str] | None = None
    read: Callable[[str], str] = read_targets


@dataclass(frozen=True, slots=True)
class Inputs:
    """All that a plan is made from. ``values`` are the runbook's inputs; time-outs are seconds.

    ``targets`` are the instances that are named; where a ``selection`` is made there are none.
    ``origins`` tells by option where each value is from: an option, a file, a variable, an answer.
    """

    values: Mapping[str, str]
    targets: tuple[str, ...]
    selection: Selection | None
    regions: tuple[str, ...]
    account_roles: tuple[str, ...]
    pace: Pace
    profile: str | None
    target_profile: str | None
    how: OnTheHost
    timeout: int
    delivery_timeout: int
    output_s3: OutputS3
    origins: Mapping[str, str]

    @property
    def region(self) -> str:
        """The first of the regions, and mostly the only one."""
        return self.regions[0]


def collect(request: Request, runbook: Runbook, around: Surroundings, command: str) -> Inputs:
    """Everything that a run of the runbook needs. ``command`` begins the example: ``orch run``.

    Raises:
        UsageError: something is missing or malformed; the text lists all of it.
        CredentialsError: the operator's AWS profile does not exist.
    """
    known = Known()
    whom = _Whom(
        named(request, around.read, known.complain),
        selected(request, known.complain),
        account_roles(request, known.complain),
        pace(request, known.complain),
    )
    asked = list(questions(runbook, named=whom.selection is None))
    # One by one: an option that is given twice is told by what is already known.
    for given in _options(request, runbook, known, whom):
        known.take(given)
    for given in _elsewhere(runbook, around):
        known.take(given)
    _take_profile_region(known, around)
    _fit_the_mode(known, request)
    if OUTPUT_PREFIX in known.values and OUTPUT_BUCKET not in known.values:
        known.complain(OUTPUT_PREFIX, "no bucket is named", f"name it with {OUTPUT_BUCKET}")
    for question in asked:
        known.check(question)
    missing = [item for item in asked if item.needed and item.option not in known.values]
    if request.targets is not None:
        # What is wrong with the file is told already.
        missing = [item for item in missing if item.option != "--instance"]
    if around.ask is not None and not known.problems:
        missing = _answer(missing, around.ask, known)
    if missing or known.problems:
        raise known.error(missing, _start(command, request.runbook or ""), asked)
    return _inputs(known, runbook, request, whom)


class _Whom(NamedTuple):
    """What is said about the instances, besides the region."""

    named: tuple[str, ...]
    selection: Selection | None
    account_roles: tuple[str, ...]
    pace: Pace


_PLAIN = (
    *("region", "profile", "target_profile", "shell", "mode", "host_user"),
    *("timeout", "delivery_timeout", "output_s3_bucket_name", "output_s3_key_prefix"),
)


def _options(request: Request, runbook: Runbook, known: Known, whom: _Whom) -> Iterator[Given]:
    """What the command line says."""
    names = [item.name for item in runbook.inputs]
    if whom.named and whom.selection is None:
        yield Given("--instance", ",".join(whom.named), "--instance")
    for name in (*_PLAIN, *OWN_OPTIONS):
        option = f"--{name.replace('_', '-')}"
        value = getattr(request, name)
        if value is not None and name in OWN_OPTIONS and name not in names:
            what = f"the runbook {runbook.name} has no input {name}"
            known.complain(option, what, "leave it out")
        elif value is not None:
            yield Given(option, str(value), option)
    for item in request.set:
        yield from _set(item, names, runbook, known)


def _set(item: str, names: list[str], runbook: Runbook, known: Known) -> Iterator[Given]:
    name, equals, value = item.partition("=")
    option = option_of(name)
    if not equals:
        known.complain("--set", f"{item!a} is not KEY=VALUE", "write e.g. --set key=value")
    elif name not in names:
        close = get_close_matches(name, names, n=1)
        meant = f"did you mean {close[0]}? " if close else ""
        what = f"the runbook {runbook.name} has no input {name!a}"
        known.complain("--set", what, f"{meant}it has: {', '.join(names) or 'none'}")
    elif option in known.values:
        known.complain(f"--set {name}", "it is given twice", f"keep one of it and {option}")
    else:
        yield Given(option, value, option)


def _elsewhere(runbook: Runbook, around: Surroundings) -> Iterator[Given]:
    """What files and the environment say.

    A file serves every runbook, so it may hold inputs that this one does not have.
    """
    settings = around.settings
    names = {item.name for item in runbook.inputs}
    for name, value in settings.values.items():
        if name == "runbook":
            continue
        option = f"--{name.replace('_', '-')}"
        yield Given(option, value, settings.origins[name])
    for name, value in settings.set.items():
        if name in names:
            yield Given(option_of(name), value, settings.origins[f"set.{name}"])
    # boto3 knows AWS_DEFAULT_REGION only; the AWS CLI and most other tools know AWS_REGION too.
    for variable in ("AWS_REGION", "AWS_DEFAULT_REGION"):
        value = around.environment.get(variable, "")
        if value:
            yield Given("--region", value, variable)


def _take_profile_region(known: Known, around: Surroundings) -> None:
    if "--region" not in known.values:
        region = around.profile_region(known.values.get("--profile"))
        if region is not None:
            known.take(Given("--region", region, "your AWS profile"))


def _fit_the_mode(known: Known, request: Request) -> None:
    """Options that mean nothing in the mode. What a file says for another mode is not minded."""
    mode = known.values.get("--mode", Mode.EPHEMERAL)
    if request.host_user is not None and mode == Mode.EPHEMERAL:
        mend = "say --mode install or --mode existing too, or leave it out"
        known.complain("--host-user", "an ephemeral run uses nobody's files", mend)
    if request.force and mode != Mode.INSTALL:
        known.complain("--force", f"there is nothing to force in the mode {mode}", "leave it out")


def _answer(
    missing: list[Question], ask: Callable[[Question], str], known: Known
) -> list[Question]:
    """Ask for what is missing; nothing is missing then, though an answer may still be wrong."""
    for question in missing:
        known.take(Given(question.option, ask(question), "your answer"))
        known.check(question)
    return []


def _inputs(known: Known, runbook: Runbook, request: Request, whom: _Whom) -> Inputs:
    values = known.values
    in_python = request.platform_type is Platform.LINUX or runbook.ways == (Way.PYTHON,)
    mode = Mode(values.get("--mode", Mode.EPHEMERAL))
    usual = Shell.PYTHON if in_python else Shell.POWERSHELL
    options = {item.name: option_of(item.name) for item in runbook.inputs}
    return Inputs(
        values={name: values[option] for name, option in options.items() if option in values},
        targets=split_list(values["--instance"]) if whom.selection is None else (),
        selection=whom.selection,
        regions=split_list(values["--region"]),
        account_roles=whom.account_roles,
        pace=whom.pace,
        profile=values.get("--profile"),
        target_profile=values.get("--target-profile"),
        how=OnTheHost(
            shell=Shell(values.get("--shell", usual)),
            mode=mode,
            platform=request.platform_type,
            host_user="" if mode is Mode.EPHEMERAL else values.get("--host-user", ""),
            force=request.force,
        ),
        timeout=seconds(values.get("--timeout", str(EXECUTION_TIMEOUT))),
        delivery_timeout=seconds(values.get("--delivery-timeout", str(DELIVERY_TIMEOUT))),
        output_s3=OutputS3(values.get(OUTPUT_BUCKET, ""), values.get(OUTPUT_PREFIX, "")),
        origins=dict(known.origins),
    )


def _start(command: str, runbook: str) -> str:
    """The example's beginning; the usual runbook need not be named."""
    return command if runbook in {"", "switch-role"} else f"{command} {shlex.quote(runbook)}"
