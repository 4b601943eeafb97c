"""The sandbox's own services, each on its URL: SSM, EC2 and Resource Groups."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass

from orchestrator.ports import Clock
from orchestrator.sandbox.attached.ec2messages import SERVICE
from orchestrator.sandbox.cloud import Cloud
from orchestrator.sandbox.cloud.buckets import bucket_owner
from orchestrator.sandbox.ec2 import Ec2, Instance
from orchestrator.sandbox.fleet.order import FleetOrder
from orchestrator.sandbox.groups import ResourceGroups
from orchestrator.sandbox.launch.attaching import Attaching
from orchestrator.sandbox.launch.fleet import with_faults
from orchestrator.sandbox.launch.gate import authorizer, locator, signer
from orchestrator.sandbox.launch.hurry import HurriedClock
from orchestrator.sandbox.parts import Place
from orchestrator.sandbox.runcommand import Authorize, Locate, RunCommand, Settings
from orchestrator.sandbox.runcommand.everywhere import Everywhere
from orchestrator.sandbox.runcommand.records import Command
from orchestrator.sandbox.scenarios.scenario import Scenario
from orchestrator.sandbox.server import App, Server


@dataclass(frozen=True, slots=True)
class Services:
    """``urls`` are by service: ``ssm``, ``ec2``, ``resource_groups``."""

    run_command: Everywhere
    urls: Mapping[str, str]


def serve(stack: ExitStack, app: App) -> str:
    """Serve it until the stack ends that; the URL."""
    server = Server(app)
    stack.callback(server.close)
    return server.url


def serve_all(
    stack: ExitStack,
    cloud: Cloud,
    instances: Sequence[Instance],
    *,
    scenario: Scenario,
    fleet: FleetOrder,
    clock: Clock,
    written: Callable[[App], App],
    attaching: Attaching | None = None,
) -> Services:
    """All of them, for ``instances`` that may still come. ``written`` notes each one's calls.

    ``attaching`` stands before SSM where a real agent may attach, and adds the agents' messages.
    """

    def decided(service: str) -> tuple[Authorize, Locate]:
        return authorizer(cloud, service), locator(cloud, service)

    groups = ResourceGroups(instances, *decided("resource-groups"))
    authorize, locate = decided("ssm")
    looks = scenario.empty_looks or fleet.faults.empty_list
    settings = Settings(throttle=scenario.throttle, empty_looks=looks)
    hurried = HurriedClock(clock, scenario.hurry)
    members = groups.for_run_command(authorize, locate)

    def make(place: Place) -> RunCommand:
        own = (hurried, place.region, place.account, settings, authorize)
        keep = attaching.keep_command if attaching else _keep_nothing
        return RunCommand(*own, groups=members, has_bucket=_has_bucket, keep=keep)

    everywhere = Everywhere(make, locate)
    apps: Mapping[str, App] = {
        "ssm": with_faults(everywhere.app, fleet, clock, locate),
        "ec2": Ec2(instances, *decided("ec2")),
        "resource_groups": groups,
    }
    if attaching is None:
        urls = {name: serve(stack, written(app)) for name, app in apps.items()}
        return Services(everywhere, urls)
    ssm = attaching.before(apps["ssm"], authorize, signer(cloud, "ssm"))
    messages = attaching.messages(authorizer(cloud, SERVICE), signer(cloud, SERVICE))
    urls = {name: attaching.serve(name, written(app)) for name, app in {**apps, "ssm": ssm}.items()}
    attaching.serve(SERVICE, written(messages))
    return Services(everywhere, urls)


def _keep_nothing(_command: Command) -> None:
    """Commands end with the sandbox."""


def _has_bucket(name: str) -> bool:
    """In whatever account and region: the names of buckets are unique among all of them."""
    return bucket_owner(name) is not None
