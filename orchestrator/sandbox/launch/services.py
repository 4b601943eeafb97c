"""The sandbox's own services, each on its URL: SSM, EC2 and Resource Groups."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from functools import partial

from orchestrator.sandbox.attached.ec2messages import SERVICE
from orchestrator.sandbox.clock.endpoint import ClockEndpoint
from orchestrator.sandbox.clock.movable import MovableClock
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
from orchestrator.sandbox.ssm import Ssm
from orchestrator.sandbox.statemanager.timekeeper import Timekeeper


@dataclass(frozen=True, slots=True)
class Services:
    """``urls`` are by service: ``ssm``, ``ec2``, ``resource_groups``; SSM's clock has its own."""

    ssm: Everywhere[Ssm]
    urls: Mapping[str, str]
    clock_url: str


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
    clock: MovableClock,
    written: Callable[[App], App],
    attaching: Attaching | None = None,
) -> Services:
    """All of them, for ``instances`` that may still come. ``written`` notes each one's calls.

    ``clock`` is SSM's. ``attaching`` stands before it where a real agent may attach, and adds the
    agents' messages.
    """

    def decided(service: str) -> tuple[Authorize, Locate]:
        return authorizer(cloud, service), locator(cloud, service)

    groups = ResourceGroups(instances, *decided("resource-groups"))
    authorize, locate = decided("ssm")
    looks = scenario.empty_looks or fleet.faults.empty_list
    settings = Settings(throttle=scenario.throttle, empty_looks=looks)
    hurried = HurriedClock(clock, scenario.hurry)
    members = groups.for_run_command(authorize, locate)

    def make(place: Place) -> Ssm:
        own = (hurried, place.region, place.account, settings, authorize)
        keep = attaching.keep_command if attaching else _keep_nothing
        run_command = RunCommand(*own, groups=members, has_bucket=_has_bucket, keep=keep)
        return Ssm(
            *(run_command, hurried, place, authorize),
            members=partial(groups.members_at, place),
            has_bucket=_has_bucket,
            visibility_delay=settings.visibility_delay,
        )

    everywhere = Everywhere(make, locate)
    timekeeper = Timekeeper(clock, lambda: [ssm.state_manager for ssm in everywhere.all()])
    stack.callback(timekeeper.close)
    endpoint = ClockEndpoint(timekeeper)
    apps: Mapping[str, App] = {
        "ssm": with_faults(everywhere.app, fleet, clock, locate),
        "ec2": Ec2(instances, *decided("ec2")),
        "resource_groups": groups,
    }
    clock_url = serve(stack, endpoint) + endpoint.path
    if attaching is None:
        urls = {name: serve(stack, written(app)) for name, app in apps.items()}
        return Services(everywhere, urls, clock_url)
    ssm = attaching.before(apps["ssm"], authorize, signer(cloud, "ssm"))
    messages = attaching.messages(authorizer(cloud, SERVICE), signer(cloud, SERVICE))
    urls = {name: attaching.serve(name, written(app)) for name, app in {**apps, "ssm": ssm}.items()}
    attaching.serve(SERVICE, written(messages))
    return Services(everywhere, urls, clock_url)


def _keep_nothing(_command: Command) -> None:
    """Commands end with the sandbox."""


def _has_bucket(name: str) -> bool:
    """In whatever account and region: the names of buckets are unique among all of them."""
    return bucket_owner(name) is not None
