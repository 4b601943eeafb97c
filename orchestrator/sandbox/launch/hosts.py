"""The sandbox's host, with its metadata service and its agent."""

from __future__ import annotations

from contextlib import ExitStack
from pathlib import Path

from orchestrator.ports import Clock
from orchestrator.sandbox.agent import Agent
from orchestrator.sandbox.cloud import Cloud
from orchestrator.sandbox.ec2 import Instance
from orchestrator.sandbox.host.behaviour import Behaviour
from orchestrator.sandbox.host.emulated import EmulatedHost, Surroundings
from orchestrator.sandbox.host.process import Groups
from orchestrator.sandbox.imds import Credentials, Imds, ImdsMode, InstanceIdentity
from orchestrator.sandbox.runcommand import RunCommand
from orchestrator.sandbox.server import Server


class Hosts:
    """Starts hosts; the stack ends them. A host's folder lies in ``folder``, named by its id.

    ``instances`` are those that were started, as EC2 sees them.
    """

    def __init__(
        self,
        stack: ExitStack,
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
        self.instances: list[Instance] = []

    def start(
        self, identity: InstanceIdentity, behaviour: Behaviour, cloud: Cloud, commands: RunCommand
    ) -> tuple[EmulatedHost, str]:
        """One host that takes commands from now on, and the URL of its metadata."""

        def credentials() -> Credentials:
            if behaviour.is_killed:
                host.kill_all()
            return cloud.instance_credentials(
                identity.instance_id, identity.account, identity.profile
            )

        metadata = Imds(identity, credentials)
        metadata.mode = ImdsMode.ON if behaviour.has_metadata else ImdsMode.OFF
        self.instances.append(Instance(metadata, running=not behaviour.stopped))
        imds = Server(metadata)
        self._stack.callback(imds.close)
        host = EmulatedHost(
            identity.instance_id,
            self._folder / identity.instance_id,
            self._surroundings,
            imds_url=imds.url,
            groups=self._groups,
            platform=identity.platform,
            behaviour=behaviour,
        )
        commands.register(host)
        agent = Agent(host, commands, self._clock)
        self._stack.callback(agent.close)
        return host, imds.url
