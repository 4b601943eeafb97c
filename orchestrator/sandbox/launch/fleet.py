"""A fleet of simulated hosts beside the sandbox's two emulated ones."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, replace
from functools import partial

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
from orchestrator.sandbox.runcommand import RunCommand
from orchestrator.sandbox.server import App

_PERMITTED_FOR = 1.0


@dataclass(frozen=True, slots=True)
class Ground:
    """What a fleet stands on."""

    cloud: Cloud
    commands: RunCommand
    hosts: Hosts
    clock: Clock
    identity: InstanceIdentity


def start_fleet(
    stack: ExitStack, order: FleetOrder, behaviour: Behaviour, ground: Ground
) -> Sequence[Node]:
    """Hosts that take commands from now on, until the stack ends them. They behave all alike.

    ``ground.identity`` is of the role that they all have.
    """
    if not order.hosts:
        return []
    identity = replace(ground.identity, platform=behaviour.platform or ground.identity.platform)
    who = (identity.account, identity.profile)
    nodes: Sequence[Node] = []

    def permitted() -> bool:
        return behaviour.online and ground.cloud.agent_may_be(nodes[0].instance_id, *who)

    nodes = make_nodes(order, _kept(permitted, ground.clock), identity.platform)
    instances = {node.instance_id: _instance(node, identity, behaviour, ground) for node in nodes}
    ground.hosts.instances.extend(instances.values())

    def metadata_of(instance_id: str) -> App:
        return instances[instance_id].imds

    metadata = Metadata(metadata_of)
    asking = Asking(ground.hosts.stand_for(nodes[0], behaviour, metadata), metadata)
    answers = Answers(asking, lambda: ground.cloud.changes, ground.clock)
    around = Surroundings(
        metadata_are_on=lambda node: instances[node.instance_id].imds.mode is ImdsMode.ON,
        tell_apart=_until_changed(ground.cloud.tells_instances_apart, ground.cloud),
    )
    simulation = Simulation(
        nodes,
        ground.commands,
        Outputs(answers, around, ground.clock),
        clock=ground.clock,
        chance=order.drawing,
        pace=Pace(order.seconds, behaviour.start_delay),
    )
    driver = Driver(simulation, answers, asking.close)
    stack.callback(driver.close)
    if behaviour.managed:
        for node in nodes:
            ground.commands.register(node, node.info, simulation.post)
    return nodes


def with_faults(app: App, order: FleetOrder, clock: Clock) -> App:
    """Run Command's endpoint behind the network of the order."""
    if not order.faults.of_calls:
        return app
    return FaultyNetwork(app, order.faults, order.drawing, clock.sleep)


def _instance(
    node: Node, identity: InstanceIdentity, behaviour: Behaviour, ground: Ground
) -> Instance:
    who = (node.instance_id, identity.account, identity.profile)
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
