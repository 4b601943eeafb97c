"""A fleet of simulated hosts beside the sandbox's two emulated ones."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, replace
from functools import partial
from wsgiref.types import WSGIEnvironment

from orchestrator.ports import Clock
from orchestrator.sandbox.cloud import Cloud
from orchestrator.sandbox.ec2 import Instance
from orchestrator.sandbox.fleet.answers import Answers
from orchestrator.sandbox.fleet.asking import Asking, Metadata
from orchestrator.sandbox.fleet.driver import Driver
from orchestrator.sandbox.fleet.network import FaultyNetwork
from orchestrator.sandbox.fleet.nodes import Node, make_nodes
from orchestrator.sandbox.fleet.order import FleetOrder
from orchestrator.sandbox.fleet.outputs import Outputs, Surroundings
from orchestrator.sandbox.fleet.simulation import Pace, Simulation
from orchestrator.sandbox.host.behaviour import Behaviour
from orchestrator.sandbox.imds import Imds, ImdsMode, InstanceIdentity
from orchestrator.sandbox.launch.hosts import Hosts
from orchestrator.sandbox.parts import Place
from orchestrator.sandbox.runcommand import ApiError, Locate, RunCommand
from orchestrator.sandbox.server import App

_PERMITTED_FOR = 1.0


@dataclass(frozen=True, slots=True)
class Ground:
    """What a fleet stands on. ``identity`` has the role and profile that all hosts have.

    ``commands`` is Run Command of a place; ``ssm_clock`` is what its dates go by.
    """

    cloud: Cloud
    commands: Callable[[Place], RunCommand]
    hosts: Hosts
    clock: Clock
    ssm_clock: Clock
    identity: InstanceIdentity


def start_fleet(
    stack: ExitStack, order: FleetOrder, behaviour: Behaviour, ground: Ground
) -> Sequence[Node]:
    """Hosts that take commands from now on, until the stack ends them. They behave all alike."""
    platform = behaviour.platform or ground.identity.platform
    nodes = make_nodes(order, platform=platform)
    for place in order.places:
        found = [node for node in nodes if node.place == place]
        if found:
            _start_at(stack, found, order, behaviour, ground)
    return nodes


def _start_at(
    stack: ExitStack,
    nodes: Sequence[Node],
    order: FleetOrder,
    behaviour: Behaviour,
    ground: Ground,
) -> None:
    """The hosts of one place: what one of them says, those of another place never repeat."""
    first, cloud = nodes[0], ground.cloud
    place = first.place
    identity = replace(
        ground.identity, account=place.account, region=place.region, platform=first.platform
    )

    def permitted() -> bool:
        is_let = cloud.agent_may_be(first.instance_id, place, identity.profile)
        return behaviour.online and is_let

    kept = _kept(permitted, ground.clock)
    for node in nodes:
        node.permitted = kept
    instances = {node.instance_id: _instance(node, identity, behaviour, ground) for node in nodes}
    ground.hosts.instances.extend(instances.values())

    def metadata_of(instance_id: str) -> App:
        return instances[instance_id].imds

    metadata = Metadata(metadata_of)
    folder = f"fleet-{place.account}-{place.region}"
    asking = Asking(ground.hosts.stand_for(first, folder, behaviour, metadata), metadata)
    answers = Answers(asking, lambda: cloud.changes, ground.clock)
    around = Surroundings(
        metadata_are_on=lambda node: instances[node.instance_id].imds.mode is ImdsMode.ON,
        tell_apart=_until_changed(cloud.tells_instances_apart, cloud),
    )
    commands = ground.commands(place)
    simulation = Simulation(
        nodes,
        commands,
        Outputs(answers, around, ground.clock),
        clock=ground.ssm_clock,
        chance=order.drawing,
        pace=Pace(order.seconds, behaviour.start_delay),
    )
    driver = Driver(simulation, answers, asking.close)
    stack.callback(driver.close)
    if behaviour.managed:
        for node in nodes:
            commands.register(node, node.info, simulation.post)


def with_faults(app: App, order: FleetOrder, clock: Clock, locate: Locate) -> App:
    """Run Command's endpoint behind the network of the order, which counts each place's calls."""
    if not order.faults.of_calls:
        return app

    def where(environ: WSGIEnvironment) -> str:
        try:
            place = locate(environ)
        except ApiError:
            # It is refused further on, if it comes there.
            return ""
        return f"{place.account}/{place.region}"

    return FaultyNetwork(app, order.faults, order.drawing, clock.sleep, where)


def _instance(
    node: Node, identity: InstanceIdentity, behaviour: Behaviour, ground: Ground
) -> Instance:
    who = (node.instance_id, node.place, identity.profile)
    credentials = partial(
        ground.cloud.instance_credentials, *who, stale=behaviour.stale_credentials
    )
    imds = Imds(replace(identity, instance_id=node.instance_id), credentials)
    imds.mode = ImdsMode.ON if behaviour.has_metadata else ImdsMode.OFF
    return Instance(imds, "stopped" if behaviour.stopped else "running", node.info.tags)


def _kept(ask: Callable[[], bool], clock: Clock) -> Callable[[], bool]:
    """The same question's answer for a second: a whole fleet asks at once."""
    asked, answer = float("-inf"), False

    def kept() -> bool:
        nonlocal asked, answer
        now = clock.monotonic()
        if now - asked >= _PERMITTED_FOR:
            asked, answer = now, ask()
        return answer

    return kept


def _until_changed(ask: Callable[[], bool], cloud: Cloud) -> Callable[[], bool]:
    """The same question's answer until something was changed through the API."""
    version, answer = -1, False

    def kept() -> bool:
        nonlocal version, answer
        now = cloud.changes
        if version != now:
            version, answer = now, ask()
        return answer

    return kept
