"""`orch sandbox`: an AWS on this machine, to try things in."""

from __future__ import annotations

import os
import sys
from dataclasses import replace
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from orchestrator.cli.sandbox_agent import (
    AgentConfigOption,
    AgentOption,
    AgentWanted,
    AsWindowsOption,
    ListenOption,
    StateOption,
    YesOption,
    agent_lines,
    agent_order,
)
from orchestrator.cli.sandbox_clock import clock_app, duration
from orchestrator.cli.sandbox_fleet import (
    AccountOption,
    FaultOption,
    HostSecondsOption,
    HostsOption,
    RegionOption,
    SeedOption,
    Wanted,
    fleet_order,
)
from orchestrator.errors import CannotRunError, UsageError

if TYPE_CHECKING:
    from orchestrator.sandbox.fleet.order import FleetOrder
    from orchestrator.sandbox.launch.sandbox import Order

app = typer.Typer(
    help="An AWS on loopback, with one Windows host, to try things in.",
    no_args_is_help=True,
    rich_markup_mode=None,
)

app.add_typer(clock_app, name="clock")

ScenarioOption = Annotated[
    str, typer.Option("--scenario", metavar="NAME", help="What is broken; see `scenarios`.")
]
EngineOption = Annotated[
    str,
    typer.Option(
        "--engine",
        metavar="auto|pwsh|stand-in",
        help="What runs PowerShell; auto takes a real one that has the AWS modules.",
    ),
]
DelayOption = Annotated[
    float,
    typer.Option("--host-delay", metavar="SECONDS", min=0.0, help="Let the host take longer."),
]
CallsOption = Annotated[
    Path | None,
    typer.Option(
        "--calls",
        metavar="FILE",
        help="Write each API call there, a line of JSON. See docs/sandbox.md.",
        show_default=False,
    ),
]
ClockOption = Annotated[
    str,
    typer.Option(
        "--clock",
        metavar="+|-TIME",
        help="Begin with SSM's clock so much off, e.g. -7d. See docs/sandbox.md.",
        show_default=False,
    ),
]
StackDelayOption = Annotated[
    float,
    typer.Option(
        "--stack-delay", metavar="SECONDS", min=0.0, help="How long a stack's change lasts."
    ),
]


@app.command("exec", context_settings={"ignore_unknown_options": True})
def exec_(
    command: Annotated[
        list[str] | None, typer.Argument(metavar="-- COMMAND...", show_default=False)
    ] = None,
    *,
    scenario: ScenarioOption = "healthy",
    engine: EngineOption = "auto",
    host_delay: DelayOption = 0.0,
    stack_delay: StackDelayOption = 0.5,
    hosts: HostsOption = 0,
    host_seconds: HostSecondsOption = None,
    region: RegionOption = None,
    account: AccountOption = None,
    seed: SeedOption = None,
    fault: FaultOption = None,
    calls: CallsOption = None,
    agent: AgentOption = False,
    listen: ListenOption = None,
    agent_config: AgentConfigOption = None,
    state: StateOption = None,
    agent_as_windows: AsWindowsOption = False,
    yes: YesOption = False,
    clock: ClockOption = "0s",
) -> None:
    """Run a command inside a sandbox, and end with its exit code.

    Example: orch sandbox exec --scenario trust-missing -- orch run --instance i-0d176f4a5f9738429
    """
    if not command:
        mend = "orch sandbox exec -- orch run --instance i-0d176f4a5f9738429"
        raise UsageError("there is no command to run", where="sandbox exec", mend=mend)
    _refuse_windows()
    offset = duration(clock, where="--clock")
    fleet = fleet_order(Wanted(hosts, host_seconds, region or (), account or (), seed, fault or ()))
    attaching = agent_order(
        AgentWanted(agent, listen or "", agent_config, state, agent_as_windows, yes)
    )
    usual = _order(scenario, engine, host_delay, stack_delay, fleet)
    order = replace(usual, calls=calls, clock_offset=offset, agent=attaching)
    from orchestrator.sandbox.launch.command import find_command, run_command

    program = find_command(command[0], order.user)
    from orchestrator.sandbox.launch.sandbox import Sandbox

    _say_starting(order)
    with Sandbox(order) as sandbox:
        code = run_command([program, *command[1:]], sandbox.environment, sandbox.watcher)
    raise typer.Exit(code)


@app.command()
def start(
    *,
    scenario: ScenarioOption = "healthy",
    engine: EngineOption = "auto",
    host_delay: DelayOption = 0.0,
    stack_delay: StackDelayOption = 0.5,
    hosts: HostsOption = 0,
    host_seconds: HostSecondsOption = None,
    region: RegionOption = None,
    account: AccountOption = None,
    seed: SeedOption = None,
    fault: FaultOption = None,
    calls: CallsOption = None,
    agent: AgentOption = False,
    listen: ListenOption = None,
    agent_config: AgentConfigOption = None,
    state: StateOption = None,
    agent_as_windows: AsWindowsOption = False,
    yes: YesOption = False,
    clock: ClockOption = "0s",
) -> None:
    """Start a sandbox that stays until Ctrl-C.

    It prints the variables that lead to it, to be pasted into another shell.

    Example: orch sandbox start --scenario bucket-denied
    """
    _refuse_windows()
    offset = duration(clock, where="--clock")
    fleet = fleet_order(Wanted(hosts, host_seconds, region or (), account or (), seed, fault or ()))
    attaching = agent_order(
        AgentWanted(agent, listen or "", agent_config, state, agent_as_windows, yes)
    )
    usual = _order(scenario, engine, host_delay, stack_delay, fleet)
    order = replace(usual, calls=calls, clock_offset=offset, agent=attaching)
    from orchestrator.sandbox.launch.command import until_told_to_end
    from orchestrator.sandbox.launch.environment import export_lines
    from orchestrator.sandbox.launch.sandbox import Sandbox

    _say_starting(order)
    with until_told_to_end() as told, Sandbox(order) as sandbox:
        lines = export_lines(order.user, sandbox.variables, powershell=os.name == "nt")
        for line in lines:
            typer.echo(line)
        for host in sandbox.hosts:
            typer.echo(f"# {host.platform} host {host.instance_id}, {host.name}: {host.folder}")
            if host.modules is not None:
                typer.echo(f"#   its PowerShell modules: {host.modules}")
        if sandbox.nodes:
            places = ", ".join(f"{p.account} in {p.region}" for p in order.fleet.places)
            ids = sandbox.folder.fleet
            typer.echo(f"# {len(sandbox.nodes)} simulated hosts ({places}), their ids in {ids}")
        if sandbox.attached is not None:
            for line in agent_lines(sandbox.attached, agent_config or sandbox.folder.agent):
                typer.echo(line)
        if offset:
            typer.echo(f"# SSM's clock is {clock} off; `orch sandbox clock` reads and moves it")
        typer.echo(f"# all files: {sandbox.folder.root}")
        sys.stdout.flush()
        typer.echo("The sandbox runs until Ctrl-C. Paste the lines above into a shell.", err=True)
        told.wait()
        if sandbox.attached is not None and (others := sandbox.attached.other_calls()):
            said = ", ".join(f"{name} {count}" for name, count in sorted(others.items()))
            typer.echo(f"# the agent got an empty answer to: {said}")


@app.command()
def scenarios() -> None:
    """List what can be broken, and how `orch run` ends then."""
    from orchestrator.cli.console import columns
    from orchestrator.sandbox.scenarios import SCENARIOS

    rows = [(item.name, f"exit {item.exit_code}", item.summary) for item in SCENARIOS]
    for line in columns(rows):
        typer.echo(line)


def _say_starting(order: Order) -> None:
    if sys.stderr.isatty():
        engine = "a real PowerShell" if order.pwsh else "the stand-in for PowerShell"
        typer.echo(f"starting an AWS on loopback, with {engine} ...", err=True)


def _refuse_windows() -> None:
    """Before anything of the sandbox is imported."""
    if sys.platform == "win32":
        mend = "run it in the Windows Subsystem for Linux; every other command runs here too"
        raise UsageError("it ends processes as Unix does", where="orch sandbox", mend=mend)


def _order(
    scenario: str, engine: str, host_delay: float, stack_delay: float, fleet: FleetOrder
) -> Order:
    """Everything that can be wrong is found here, before anything is started."""
    from orchestrator.sandbox.host.engines import EngineChoice, find_pwsh
    from orchestrator.sandbox.scenarios import find_scenario

    found = find_scenario(scenario)
    if engine not in list(EngineChoice):
        mend = f"take one of {', '.join(EngineChoice)}"
        raise UsageError(f"there is no engine {engine[:80]!r}", where="--engine", mend=mend)
    user = dict(os.environ)
    if not found.real_shell and engine == EngineChoice.PWSH:
        mend = "take --engine stand-in; what runs as Python on the host sees it"
        raise UsageError(f"{found.name} is not for a real PowerShell", where="--engine", mend=mend)
    choice = EngineChoice(engine) if found.real_shell else EngineChoice.STAND_IN
    pwsh = find_pwsh(choice, user)
    _need_the_extra()
    _forget_aws()
    from orchestrator.sandbox.launch.sandbox import Order

    return Order(found, pwsh, user, host_delay, stack_delay, fleet)


def _need_the_extra() -> None:
    missing = [name for name in ("moto", "flask") if not find_spec(name)]
    if missing:
        mend = "pip install 'orch[sandbox]'"
        raise CannotRunError(f"the sandbox needs {' and '.join(missing)}", mend=mend)


def _forget_aws() -> None:
    """The sandbox talks to itself with boto3: the user's settings must not lead that elsewhere."""
    from orchestrator.sandbox.launch.environment import is_aws

    for name in list(os.environ):
        if is_aws(name) or name.upper() in {"HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY"}:
            del os.environ[name]
    os.environ["AWS_CONFIG_FILE"] = os.environ["AWS_SHARED_CREDENTIALS_FILE"] = os.devnull
