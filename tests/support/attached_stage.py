"""The sandbox's services with a host that an agent may attach as, in this process."""

from __future__ import annotations

import dataclasses
from contextlib import ExitStack
from pathlib import Path
from typing import Any

from orchestrator.sandbox import world
from orchestrator.sandbox.clock.movable import MovableClock
from orchestrator.sandbox.cloud import Cloud
from orchestrator.sandbox.ec2 import Instance
from orchestrator.sandbox.fleet.order import FleetOrder
from orchestrator.sandbox.launch.attaching import AgentOrder, Attaching
from orchestrator.sandbox.launch.services import serve_all
from orchestrator.sandbox.scenarios import find_scenario
from orchestrator.waiting.clock import SystemClock
from support.agent_wire import AgentWire
from support.standing_cloud import MovedClock

INSTANCE = world.ATTACHED_INSTANCE_ID


class AttachedStage:
    """A context. There is one at a time, since the cloud's state is the process'.

    ``clock`` is Run Command's; signatures go by the right time.
    """

    def __init__(
        self,
        address: str = "",
        state: Path | None = None,
        clock: Any = None,
        port: int = 0,
        longest_poll: float = 1.0,
        *,
        as_windows: bool = False,
    ) -> None:
        self._longest_poll = longest_poll
        self.clock = clock or SystemClock()
        self._order = AgentOrder(address, port, None, state, as_windows)
        self._stack = ExitStack()
        self.instances: list[Instance] = []

    def __enter__(self) -> AttachedStage:
        with ExitStack() as stack:
            self.cloud = Cloud(SystemClock())
            attaching = Attaching(stack, self._order, self.clock)
            self.cloud.deploy(attaching.serve("aws", self.cloud.app))
            services = serve_all(
                stack,
                self.cloud,
                self.instances,
                scenario=find_scenario("healthy"),
                fleet=FleetOrder(),
                clock=MovableClock(self.clock),
                written=lambda app: app,
                attaching=attaching,
            )
            self.run_command = services.ssm.at(world.HOME).run_command
            self.services = services
            self.attached = attaching.open(self.cloud, self.run_command, self.instances)
            self.attachments = attaching.attachments
            attaching._messages._longest_poll = self._longest_poll
            self._stack = stack.pop_all()
        self.urls = dataclasses.asdict(self.attached.addresses)
        return self

    def __exit__(self, *_: object) -> None:
        self._stack.close()

    def wire(self, **more: Any) -> AgentWire:
        """An agent's calls, with the keys of the instance's role."""
        return AgentWire(INSTANCE, self.urls, **more)

    def client(self, service: str, profile: str = world.OPERATOR) -> Any:
        """A boto3 client of whoever sends commands."""
        return self.cloud.client(service, profile, url=self.services.urls.get(service, ""))

    def send(self, *lines: str, **more: Any) -> str:
        """Send a shell script; the command's id."""
        asked = {
            "DocumentName": "AWS-RunShellScript",
            "InstanceIds": [INSTANCE],
            "Parameters": {"commands": list(lines)},
            **more,
        }
        return str(self.client("ssm", world.ADMIN_A).send_command(**asked)["Command"]["CommandId"])

    def seen(self, command_id: str, **more: str) -> dict[str, Any]:
        """What GetCommandInvocation answers."""
        self.pass_time(0.25)
        asked = {"CommandId": command_id, "InstanceId": INSTANCE, **more}
        answer: dict[str, Any] = self.client("ssm").get_command_invocation(**asked)
        return answer

    def page(self, command_id: str) -> dict[str, Any]:
        """The one row of ListCommandInvocations with details."""
        self.pass_time(0.25)
        asked = {"CommandId": command_id, "Details": True}
        (row,) = self.client("ssm").list_command_invocations(**asked)["CommandInvocations"]
        return dict(row)

    def pass_time(self, seconds: float) -> None:
        """On a moved clock at once."""
        if isinstance(self.clock, MovedClock):
            self.clock.sleep(seconds)
