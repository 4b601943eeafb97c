"""An AWS on loopback with two hosts, from its start to its end."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field, replace
from datetime import timedelta
from pathlib import Path
from types import TracebackType
from typing import Self

from orchestrator.errors import CannotRunError
from orchestrator.sandbox import world
from orchestrator.sandbox.clock.movable import MovableClock
from orchestrator.sandbox.cloud import Cloud
from orchestrator.sandbox.ec2 import Instance
from orchestrator.sandbox.fleet.nodes import Node
from orchestrator.sandbox.fleet.order import FleetOrder
from orchestrator.sandbox.host.behaviour import Behaviour
from orchestrator.sandbox.host.emulated import EmulatedHost, Surroundings
from orchestrator.sandbox.host.engines import Pwsh
from orchestrator.sandbox.imds import InstanceIdentity
from orchestrator.sandbox.launch import files
from orchestrator.sandbox.launch.attaching import AgentOrder, Attached, Attaching
from orchestrator.sandbox.launch.calls import CallLog
from orchestrator.sandbox.launch.environment import child_environment, sandbox_variables
from orchestrator.sandbox.launch.fleet import Ground, start_fleet
from orchestrator.sandbox.launch.hosts import Hosts, Ssm
from orchestrator.sandbox.launch.services import serve, serve_all
from orchestrator.sandbox.launch.watcher import Watcher
from orchestrator.sandbox.parts import Place
from orchestrator.sandbox.runcommand import RunCommand
from orchestrator.sandbox.scenarios import find_scenario
from orchestrator.sandbox.scenarios.runbooks import RUNBOOKS
from orchestrator.sandbox.scenarios.scenario import Scenario
from orchestrator.sandbox.server import App
from orchestrator.waiting.clock import SystemClock

STACK_DELAY = 0.5
"""Seconds that a change of a stack lasts: whoever does not wait for it meets it half done."""


@dataclass(frozen=True, slots=True)
class Order:
    """Which sandbox is wanted. ``pwsh`` is None for the stand-in, ``user`` the user's environment.

    ``host_delay`` adds seconds to the time that the host needs until a script starts; a change of a
    stack lasts ``stack_delay`` seconds. ``fleet`` are the simulated hosts beside the emulated ones.
    Every API call is written to the file ``calls``, if there is one. SSM's time of day is the
    machine's and ``clock_offset``. ``agent`` says how a real agent may attach, if at all.
    """

    scenario: Scenario = field(default_factory=lambda: find_scenario("healthy"))
    pwsh: Pwsh | None = None
    user: Mapping[str, str] = field(default_factory=dict)
    host_delay: float = 0.0
    stack_delay: float = STACK_DELAY
    fleet: FleetOrder = field(default_factory=FleetOrder)
    calls: Path | None = None
    clock_offset: timedelta = timedelta(0)
    agent: AgentOrder | None = None

    @property
    def behaviour(self) -> Behaviour:
        """How the host behaves."""
        usual = self.scenario.behaviour
        return replace(usual, start_delay=usual.start_delay + self.host_delay)


class Sandbox:
    """A context: entered, it serves; left, nothing of it runs or lies on the disk any more.

    ``environment`` is what a command in it gets, ``variables`` what of it is the sandbox's own.
    """

    folder: files.UserFolder
    watcher: Watcher
    variables: Mapping[str, str]
    hosts: list[EmulatedHost]
    nodes: Sequence[Node]
    attached: Attached | None = None

    def __init__(self, order: Order) -> None:
        self._order = order
        self._clock = SystemClock()
        self._stack = ExitStack()

    def __enter__(self) -> Self:
        with ExitStack() as stack:
            self.watcher = Watcher()
            stack.callback(self.watcher.close)
            self._start(stack)
            self._stack = stack.pop_all()
        return self

    def __exit__(
        self,
        _kind: type[BaseException] | None,
        _error: BaseException | None,
        _traceback: TracebackType | None,
    ) -> None:
        self._stack.close()

    @property
    def environment(self) -> Mapping[str, str]:
        """The environment for a command in the sandbox."""
        return child_environment(self._order.user, self.variables)

    def _start(self, stack: ExitStack) -> None:
        order = self._order
        cloud = Cloud(self._clock, order.scenario.throttle, order.stack_delay)
        written = _writing_calls(stack, order.calls)
        attaching = Attaching(stack, order.agent, self._clock) if order.agent else None
        aws_url = self._serve_aws(stack, attaching, written(cloud.app))
        cloud.deploy(aws_url)
        self._order.scenario.change(cloud)
        if statement := order.scenario.service_control:
            cloud.limit_account(world.ACCOUNT_A, statement)
        ssm_clock = MovableClock(self._clock, order.clock_offset)
        instances: list[Instance] = []
        services = serve_all(
            stack,
            cloud,
            instances,
            scenario=order.scenario,
            fleet=order.fleet,
            clock=ssm_clock,
            written=written,
            attaching=attaching,
        )
        hosts = Hosts(
            stack,
            instances,
            folder=self.watcher.folder / "hosts",
            surroundings=Surroundings(aws_url, self._order.pwsh, self._order.user),
            groups=self.watcher,
            clock=ssm_clock,
        )
        ssm = Ssm(services.ssm.at(world.HOME).run_command, services.urls["ssm"])
        started = [hosts.start(who, self._order.behaviour, cloud, ssm) for who in _IDENTITIES]
        self.hosts = [host for host, _ in started]
        for host in self.hosts:
            self._order.scenario.on_host(host.own)

        def commands(place: Place) -> RunCommand:
            return services.ssm.at(place).run_command

        ground = Ground(cloud, commands, hosts, self._clock, ssm_clock, _IDENTITIES[0])
        self.nodes = start_fleet(stack, order.fleet, order.behaviour, ground)
        if attaching:
            self.attached = attaching.open(cloud, commands(world.HOME), instances)
        self._write(cloud, {"aws": aws_url, **services.urls}, services.clock_url, started)

    def _serve_aws(self, stack: ExitStack, attaching: Attaching | None, app: App) -> str:
        """An agent's scripts have to find it where it was before."""
        return attaching.serve("aws", app) if attaching else serve(stack, app)

    def _write(
        self,
        cloud: Cloud,
        urls: Mapping[str, str],
        clock_url: str,
        hosts: Sequence[tuple[EmulatedHost, str]],
    ) -> None:
        user, scenario = self._order.user, self._order.scenario
        self.folder = folder = files.UserFolder(self.watcher.folder)
        self.variables = sandbox_variables(
            folder,
            region=world.REGION,
            urls=urls,
            clock_url=clock_url,
            no_proxy=user.get("NO_PROXY") or user.get("no_proxy", ""),
        )
        files.write_profiles(folder, cloud.keys, world.REGION)
        files.write_runbooks(folder, RUNBOOKS)
        settings = {**_SETTINGS, **scenario.settings, **_runbook(folder, scenario.runbook)}
        files.write_settings(folder, settings, scenario.inputs)
        files.write_description(
            folder,
            {
                "scenario": scenario.name,
                "engine": "pwsh" if self._order.pwsh else "stand-in",
                "region": world.REGION,
                "endpoints": urls,
                "clock": clock_url,
                "hosts": [_described(host, imds_url) for host, imds_url in hosts],
                "fleet": self._fleet(folder),
                "agent": self._agent(folder),
            },
        )

    def _agent(self, folder: files.UserFolder) -> Mapping[str, object] | None:
        """How a real agent attaches, its files written where they are wanted."""
        if self.attached is None or self._order.agent is None:
            return None
        files.write_agent(folder.agent, self.attached.files)
        if (where := self._order.agent.files) is not None:
            try:
                files.write_agent(where, self.attached.files)
            except OSError as error:
                mend = "name a folder that you may write to, best one that is not there yet"
                what = f"{where} cannot be written: {error.strerror}"
                raise CannotRunError(what, where="--agent-config", mend=mend) from error
        return {
            "instance_id": self.attached.instance_id,
            "folder": str(folder.agent),
            "endpoints": dataclasses.asdict(self.attached.addresses),
        }

    def _fleet(self, folder: files.UserFolder) -> Mapping[str, object]:
        """What there is of it, its ids written down as well: all, and those of each place."""
        order = self._order.fleet
        parts = {p: [n.instance_id for n in self.nodes if n.place == p] for p in order.places}
        if self.nodes:
            files.write_ids(folder.fleet, [node.instance_id for node in self.nodes])
        for place, ids in parts.items():
            if ids:
                files.write_ids(folder.fleet_at(place), ids)
        places = [
            {"account": p.account, "region": p.region, "hosts": len(ids)}
            for p, ids in parts.items()
            if ids
        ]
        return {"hosts": len(self.nodes), "seed": order.seed, "places": places}


def _runbook(folder: files.UserFolder, name: str) -> Mapping[str, str]:
    """The setting for the scenario's runbook, if it has one of its own."""
    if not name:
        return {}
    return {"runbook": str(folder.runbooks / name) if name in RUNBOOKS else name}


def _described(host: EmulatedHost, imds_url: str) -> Mapping[str, str]:
    return {
        "instance_id": host.instance_id,
        "name": host.name,
        "platform": host.platform,
        "folder": str(host.folder),
        "imds": imds_url,
    }


_IDENTITIES = tuple(
    InstanceIdentity(
        instance_id=instance_id,
        account=world.ACCOUNT_A,
        region=world.REGION,
        role=world.INSTANCE_ROLE,
        profile=world.INSTANCE_ROLE,
        platform=platform,
    )
    for instance_id, platform in (
        (world.INSTANCE_ID, "Windows"),
        (world.LINUX_INSTANCE_ID, "Linux"),
    )
)
_SETTINGS = {
    "role_arn": world.role_arn(world.ACCOUNT_B, world.SWITCH_ROLE),
    "bucket": world.BUCKET,
    "profile_name": world.PROFILE,
    "target_profile": world.READER,
    "region": world.REGION,
}


def _writing_calls(stack: ExitStack, path: Path | None) -> Callable[[App], App]:
    """What makes an application write its calls down, where that is wanted."""
    if path is None:
        return lambda app: app
    log = CallLog(path)
    stack.callback(log.close)
    return log.of
