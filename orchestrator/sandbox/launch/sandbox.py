"""An AWS on loopback with two hosts, from its start to its end."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field, replace
from types import TracebackType
from typing import Self

from orchestrator.sandbox import world
from orchestrator.sandbox.cloud import Cloud
from orchestrator.sandbox.cloud.buckets import bucket_owner
from orchestrator.sandbox.ec2 import Ec2
from orchestrator.sandbox.fleet.nodes import Node
from orchestrator.sandbox.fleet.order import FleetOrder
from orchestrator.sandbox.host.behaviour import Behaviour
from orchestrator.sandbox.host.emulated import EmulatedHost, Surroundings
from orchestrator.sandbox.host.engines import Pwsh
from orchestrator.sandbox.imds import InstanceIdentity
from orchestrator.sandbox.launch import files
from orchestrator.sandbox.launch.environment import child_environment, sandbox_variables
from orchestrator.sandbox.launch.fleet import Ground, start_fleet, with_faults
from orchestrator.sandbox.launch.gate import authorizer
from orchestrator.sandbox.launch.hosts import Hosts, Ssm
from orchestrator.sandbox.launch.hurry import HurriedClock
from orchestrator.sandbox.launch.watcher import Watcher
from orchestrator.sandbox.runcommand import RunCommand, Settings
from orchestrator.sandbox.scenarios import find_scenario
from orchestrator.sandbox.scenarios.scenario import Scenario
from orchestrator.sandbox.server import App, Server
from orchestrator.waiting.clock import SystemClock

STACK_DELAY = 0.5
"""Seconds that a change of a stack lasts: whoever does not wait for it meets it half done."""


@dataclass(frozen=True, slots=True)
class Order:
    """Which sandbox is wanted. ``pwsh`` is None for the stand-in, ``user`` the user's environment.

    ``host_delay`` adds seconds to the time that the host needs until a script starts; a change of a
    stack lasts ``stack_delay`` seconds. ``fleet`` are the simulated hosts beside the emulated ones.
    """

    scenario: Scenario = field(default_factory=lambda: find_scenario("healthy"))
    pwsh: Pwsh | None = None
    user: Mapping[str, str] = field(default_factory=dict)
    host_delay: float = 0.0
    stack_delay: float = STACK_DELAY
    fleet: FleetOrder = field(default_factory=FleetOrder)

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
        aws_url = _serve(stack, cloud.app)
        cloud.deploy(aws_url)
        self._order.scenario.change(cloud)
        commands = self._run_command(cloud)
        ssm_url = _serve(stack, with_faults(commands.app, order.fleet, self._clock))
        hosts = Hosts(
            stack,
            folder=self.watcher.folder / "hosts",
            surroundings=Surroundings(aws_url, self._order.pwsh, self._order.user),
            groups=self.watcher,
            clock=self._clock,
        )
        ssm = Ssm(commands, ssm_url)
        started = [hosts.start(who, self._order.behaviour, cloud, ssm) for who in _IDENTITIES]
        self.hosts = [host for host, _ in started]
        for host in self.hosts:
            self._order.scenario.on_host(host.own)
        ground = Ground(cloud, commands, hosts, self._clock, _IDENTITIES[0])
        self.nodes = start_fleet(stack, order.fleet, order.behaviour, ground)
        ec2_url = _serve(stack, Ec2(hosts.instances, authorizer(cloud)))
        self._write(cloud, {"aws": aws_url, "ssm": ssm_url, "ec2": ec2_url}, started)

    def _run_command(self, cloud: Cloud) -> RunCommand:
        scenario = self._order.scenario
        return RunCommand(
            HurriedClock(self._clock, scenario.hurry),
            world.REGION,
            world.ACCOUNT_A,
            Settings(throttle=scenario.throttle, empty_looks=self._order.fleet.faults.empty_list),
            authorize=authorizer(cloud),
            has_bucket=lambda name: bucket_owner(name) is not None,
        )

    def _write(
        self, cloud: Cloud, urls: Mapping[str, str], hosts: Sequence[tuple[EmulatedHost, str]]
    ) -> None:
        user, scenario = self._order.user, self._order.scenario
        self.folder = folder = files.UserFolder(self.watcher.folder)
        self.variables = sandbox_variables(
            folder,
            region=world.REGION,
            aws_url=urls["aws"],
            ssm_url=urls["ssm"],
            ec2_url=urls["ec2"],
            no_proxy=user.get("NO_PROXY") or user.get("no_proxy", ""),
        )
        files.write_profiles(folder, cloud.keys, world.REGION)
        files.write_settings(folder, {**_SETTINGS, **scenario.settings}, scenario.inputs)
        files.write_description(
            folder,
            {
                "scenario": scenario.name,
                "engine": "pwsh" if self._order.pwsh else "stand-in",
                "region": world.REGION,
                "endpoints": urls,
                "hosts": [_described(host, imds_url) for host, imds_url in hosts],
                "fleet": {"hosts": len(self.nodes), "seed": self._order.fleet.seed},
            },
        )
        if self.nodes:
            files.write_ids(folder, [node.instance_id for node in self.nodes])


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


def _serve(stack: ExitStack, app: App) -> str:
    server = Server(app)
    stack.callback(server.close)
    return server.url
