"""An agent with a host and a post of its own."""

from __future__ import annotations

from dataclasses import dataclass, field

from orchestrator.sandbox.agent import Agent
from orchestrator.sandbox.agent.settings import AgentSettings
from orchestrator.sandbox.runcommand.messages import Answer, Order
from orchestrator.waiting.clock import SystemClock
from support.post import Post, order
from support.shell_host import ShellHost


@dataclass
class Bench:
    host: ShellHost
    post: Post = field(default_factory=Post)
    settings: AgentSettings = field(default_factory=AgentSettings)

    def __post_init__(self) -> None:
        self.agent = Agent(self.host, self.post, SystemClock(), self.settings)

    def run(self, *lines: str, **more):
        return self.ended(order(*lines, **more))

    def ended(self, sent: Order):
        self.post.put(sent)
        return self.post.ended(sent)

    def acknowledged(self) -> list[str]:
        events = self.post.events
        return [m.command_id for kind, m, what in events if what is Answer.SUCCESSFUL]

    def gated(self, *names: str) -> list[Order]:
        """Commands that run until `open_gate`."""
        script = f"while [ ! -e {self.host.folder}/gate ]; do /bin/sleep 0.02; done"
        return [order(script, command_id=name) for name in names]

    def open_gate(self) -> None:
        self.host.folder.joinpath("gate").touch()
