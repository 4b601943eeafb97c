"""The sandbox's host, with its metadata service and its agent."""

from __future__ import annotations

import socket
from contextlib import ExitStack
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path

from orchestrator.ports import Clock
from orchestrator.sandbox import world
from orchestrator.sandbox.agent import Agent
from orchestrator.sandbox.agent.settings import AgentSettings
from orchestrator.sandbox.cloud import Cloud
from orchestrator.sandbox.cloud.identities import Session
from orchestrator.sandbox.ec2 import Instance
from orchestrator.sandbox.host.behaviour import Behaviour, Fate
from orchestrator.sandbox.host.emulated import EmulatedHost, Surroundings, seen_past_itself
from orchestrator.sandbox.host.process import Groups
from orchestrator.sandbox.host.proxy import Proxy
from orchestrator.sandbox.imds import (
    Credentials,
    Imds,
    ImdsMode,
    InstanceIdentity,
    NoRoleCredentialsError,
)
from orchestrator.sandbox.launch.fates import Terminating, while_it_asks
from orchestrator.sandbox.launch.objects import InstanceObjects
from orchestrator.sandbox.parts import ManagedNode, ObjectStore
from orchestrator.sandbox.runcommand import ManagedInfo, RunCommand
from orchestrator.sandbox.server import App, Server


@dataclass(frozen=True, slots=True)
class Ssm:
    """Run Command, and the URL where it is served."""

    commands: RunCommand
    url: str


class Hosts:
    """Starts hosts; the stack ends them. A host's folder lies in ``folder``, named by its id.

    ``instances`` are those that were started, as EC2 sees them; others may look at the list.
    """

    def __init__(
        self,
        stack: ExitStack,
        instances: list[Instance],
        *,
        folder: Path,
        surroundings: Surroundings,
        groups: Groups,
        clock: Clock,
    ) -> None:
        self._stack = stack
        self._folder = folder
        self._surroundings = surroundings
        self._groups = groups
        self._clock = clock
        self.instances = instances

    def start(
        self, identity: InstanceIdentity, behaviour: Behaviour, cloud: Cloud, ssm: Ssm
    ) -> tuple[EmulatedHost, str]:
        """One host that takes commands from now on, and the URL of its metadata."""
        who = (identity.instance_id, identity.place, identity.profile)
        identity = replace(identity, platform=behaviour.platform or identity.platform)

        def credentials() -> Credentials:
            if agent is not None:
                admin = partial(cloud.client, "ssm", world.ADMIN_A, url=ssm.url)
                while_it_asks(behaviour.fate, host, agent, admin)
            return own_session()

        def own_session() -> Session:
            return cloud.instance_credentials(*who, stale=behaviour.stale_credentials)

        def of_metadata() -> Session:
            if metadata.mode is ImdsMode.OFF:
                raise NoRoleCredentialsError("Failed", "the instance's metadata are off")
            return own_session()

        metadata = Imds(identity, credentials)
        metadata.mode = ImdsMode.ON if behaviour.has_metadata else ImdsMode.OFF
        state = "stopped" if behaviour.stopped else "running"
        instance = Instance(metadata, state, world.TAGS[identity.instance_id])
        self.instances.append(instance)
        imds = Server(metadata)
        self._stack.callback(imds.close)
        dead = {name: self._dead_address() for name in sorted(behaviour.unreachable)}
        dead_s3 = dead.get("s3")
        folder = self._folder / identity.instance_id
        host = EmulatedHost(
            identity.instance_id,
            folder,
            self._surroundings,
            imds_url=dead.pop("imds", imds.url),
            groups=self._groups,
            platform=identity.platform,
            behaviour=behaviour,
            endpoints=dead,
            proxy_url=self._proxy(folder) if behaviour.proxied else "",
            permitted=partial(cloud.agent_may_be, *who),
        )
        objects = InstanceObjects(dead_s3 or self._surroundings.aws_url, of_metadata)
        agent = self._agent(host, instance, ssm.commands, objects) if behaviour.managed else None
        return host, imds.url

    def stand_for(
        self, node: ManagedNode, folder: str, behaviour: Behaviour, metadata: App
    ) -> EmulatedHost:
        """A host without an agent that runs the scripts of a whole fleet, by the stand-in.

        It has that node's id and name where a script does not bring others, and a ``folder`` of
        that name; ``metadata`` are what it finds.
        """
        imds = Server(metadata)
        self._stack.callback(imds.close)
        dead = {name: self._dead_address() for name in sorted(behaviour.unreachable)}
        return EmulatedHost(
            node.instance_id,
            self._folder / folder,
            replace(self._surroundings, pwsh=None),
            imds_url=dead.pop("imds", imds.url),
            groups=self._groups,
            platform=node.platform,
            behaviour=behaviour,
            endpoints=dead,
        )

    def _agent(
        self, host: EmulatedHost, instance: Instance, commands: RunCommand, objects: ObjectStore
    ) -> Agent:
        """The host's agent, known to SSM and up, unless the host's fate is another."""

        def terminate() -> None:
            instance.state = "terminated"
            commands.deregister(host.instance_id)

        usual = ManagedInfo()
        version = host.behaviour.agent_version or usual.agent_version
        latest = version == usual.agent_version
        commands.register(
            host,
            replace(usual, agent_version=version, is_latest_version=latest, tags=instance.tags),
        )
        fate = host.behaviour.fate
        taken = Terminating(commands, terminate) if fate is Fate.TERMINATED else commands
        agent = Agent(host, taken, self._clock, AgentSettings(objects=objects))
        self._stack.callback(agent.close)
        if fate is Fate.AGENT_GONE:
            agent.go_down()
        return agent

    def _proxy(self, folder: Path) -> str:
        """A proxy of the host's own, whose log lies in its folder."""
        folder.mkdir(parents=True, exist_ok=True)
        target = seen_past_itself(self._surroundings.aws_url)
        server = Server(Proxy(target, folder / "proxy.log"))
        self._stack.callback(server.close)
        return server.url

    def _dead_address(self) -> str:
        """A URL where nobody listens, and nobody else can while the sandbox stands."""
        kept = self._stack.enter_context(socket.socket())
        kept.bind(("127.0.0.1", 0))
        return f"http://127.0.0.1:{kept.getsockname()[1]}"
