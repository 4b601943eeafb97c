"""`orch setup`: what must be deployed in the accounts, to read and to deploy."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Annotated, Any

import typer

from orchestrator.errors import InterruptedRunError, UsageError
from orchestrator.setup import SETUPS, Setup

if TYPE_CHECKING:
    from orchestrator.cli.inputs import Surroundings
    from orchestrator.run.deploying import Deploying, Proposal
    from orchestrator.setup import Deployment

app = typer.Typer(
    help="Show and deploy what the accounts need: roles and policies.",
    no_args_is_help=True,
    rich_markup_mode=None,
)
show_app = typer.Typer(
    help="Print a CloudFormation template, and how to deploy it.",
    no_args_is_help=True,
    rich_markup_mode=None,
)
deploy_app = typer.Typer(
    help="Deploy a CloudFormation template, once its changes were seen.",
    no_args_is_help=True,
    rich_markup_mode=None,
)
app.add_typer(show_app, name="show")
app.add_typer(deploy_app, name="deploy")

_WHAT = {
    "a": "account A's role and profile for the instances",
    "b": "account B's role to switch to",
    "operator": "the policy of whoever runs orch",
}
_COMMON = {
    "profile": (
        str | None,
        typer.Option(
            "--profile", "-p", metavar="NAME", help="Your profile in that account [AWS_PROFILE]."
        ),
    ),
    "region": (
        str | None,
        typer.Option("--region", "-r", metavar="NAME", help="The stack's region [AWS_REGION]."),
    ),
}
_YES = (bool, typer.Option("--yes", "-y", help="Do not ask before it is deployed."))
_EXTERNAL_ID = (str | None, typer.Option("--external-id", hidden=True))


def _add(group: typer.Typer, setup: Setup, carry_out: Callable[..., None], text: str) -> None:
    """Give the group a command for that stack, whose options are the stack's own."""
    options = dict(_options(setup, asks=group is deploy_app))

    def command(**given: Any) -> None:
        carry_out(setup, given)

    command.__signature__ = inspect.Signature(  # type: ignore[attr-defined]  # for Typer
        [
            inspect.Parameter(
                name,
                inspect.Parameter.KEYWORD_ONLY,
                default=False if kind is bool else None,
                annotation=Annotated[kind, option],
            )
            for name, (kind, option) in options.items()
        ]
    )
    command.__annotations__ = {n: Annotated[kind, option] for n, (kind, option) in options.items()}
    group.command(setup.name, help=text)(command)


def _options(setup: Setup, *, asks: bool) -> Iterator[tuple[str, tuple[Any, Any]]]:
    for slot in setup.slots:
        name = slot.option.removeprefix("--").replace("-", "_")
        kind: Any = list[str] | None if slot.is_list else str | None
        metavar = slot.option.rpartition("-")[2].upper()
        yield name, (kind, typer.Option(slot.option, metavar=metavar, help=slot.help))
    if setup.name == "b":
        yield "external_id", _EXTERNAL_ID
    stack = f"Name of the stack [{setup.stack_name}]."
    yield "stack_name", (str | None, typer.Option("--stack-name", metavar="NAME", help=stack))
    yield from _COMMON.items()
    if asks:
        yield "yes", _YES


def _show(setup: Setup, given: dict[str, Any]) -> None:
    deployment = _deployment(setup, given, _around(), show=True)
    for line in deployment.header():
        typer.echo(line)
    typer.echo(deployment.template, nl=False)


def _deploy(setup: Setup, given: dict[str, Any]) -> None:
    from orchestrator.cli.asking import has_person

    yes = given.pop("yes")
    around = _around()
    deployment = _deployment(setup, given, around, show=False)
    if not yes and not has_person():
        what = "nobody is here to say yes to what would change"
        mend = f"say --yes to deploy it unasked; `orch setup show {setup.name}` shows the template"
        raise UsageError(what, where="--yes", mend=mend)
    _carry_out(deployment, around.settings.values.get("role_arn"), yes=yes)


def _around() -> Surroundings:
    from orchestrator.cli.preparing import surroundings

    return surroundings(terminal=False)


def _deployment(
    setup: Setup, given: dict[str, Any], around: Surroundings, *, show: bool
) -> Deployment:
    from orchestrator.cli.setup_inputs import SetupRequest, collect_setup

    common = {name: given.pop(name) for name in ("stack_name", *_COMMON)}
    request = SetupRequest(setup, given, **common)
    return collect_setup(request, around, show=show)


def _carry_out(deployment: Deployment, target: str | None, *, yes: bool) -> None:
    from orchestrator.aws.session import Access
    from orchestrator.aws.stacks import CloudFormation
    from orchestrator.cli.progress import Progress
    from orchestrator.cli.setup_account import refuse_wrong_account
    from orchestrator.run.deploying import Deploying
    from orchestrator.waiting.clock import SystemClock

    stacks = CloudFormation(Access(deployment.profile, deployment.region))
    account = stacks.account()
    refuse_wrong_account(deployment, account, target)
    with Progress() as progress:
        deploying = Deploying(deployment, stacks, SystemClock(), progress)
        proposal = deploying.propose()
    _say(deployment, proposal, account)
    if proposal.found.is_empty:
        typer.echo("nothing is to be changed")
        _give_out(proposal.before.outputs if proposal.before else {})
        return
    if not (yes or _agreed(deploying, proposal)):
        raise UsageError("not deployed", where="orch setup deploy", mend="nothing was changed")
    try:
        with Progress() as progress:
            deploying.listener = progress
            ended = deploying.carry_out(proposal)
    except KeyboardInterrupt:
        what = "stopped by Ctrl-C; what was begun goes on by itself"
        where, mend = f"stack {deployment.stack_name}", "the same command again says how it ended"
        raise InterruptedRunError(what, where=where, mend=mend) from None
    typer.echo(ended.status)
    _give_out(ended.outputs)


def _agreed(deploying: Deploying, proposal: Proposal) -> bool:
    """Whether the person says yes. Whatever else they do, nothing is left behind."""
    from orchestrator.cli.asking import confirmed

    is_agreed = False
    try:
        is_agreed = confirmed("Deploy this?")
    except KeyboardInterrupt:
        raise InterruptedRunError("stopped by Ctrl-C; nothing was changed") from None
    finally:
        if not is_agreed:
            deploying.withdraw(proposal)
    return is_agreed


def _say(deployment: Deployment, proposal: Proposal, account: str) -> None:
    """Which stack it is, with which values, and what would change."""
    from orchestrator.setup import change_lines, value_lines

    how = "to be created" if proposal.is_new else "to be updated"
    if proposal.found.is_empty:
        how = "as it is wanted"
    _print(f"stack {deployment.stack_name} in account {account}, {deployment.region}: {how}")
    for line in value_lines(proposal.values):
        _print(line)
    if not proposal.found.is_empty:
        _print("changes:")
        for line in change_lines(proposal.found):
            _print(line)


def _give_out(outputs: Any) -> None:
    from orchestrator.setup import output_lines

    if outputs:
        _print("outputs:")
        for line in output_lines(outputs):
            _print(line)


def _print(line: str) -> None:
    from orchestrator.report.styled import harmless

    typer.echo(harmless(line))


for _setup in SETUPS.values():
    _what = _WHAT[_setup.name]
    _example = f"Example: orch setup show {_setup.name}"
    _add(show_app, _setup, _show, f"Print the template of {_what}.\n\n{_example}")
    _example = f"Example: orch setup deploy {_setup.name}"
    _add(deploy_app, _setup, _deploy, f"Deploy {_what}.\n\n{_example}")
