"""What befalls a host while a command is on its way: see `host.behaviour.Fate`."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from orchestrator.sandbox.agent import Agent
from orchestrator.sandbox.host.behaviour import Fate
from orchestrator.sandbox.host.emulated import EmulatedHost
from orchestrator.sandbox.parts import StoredParameter
from orchestrator.sandbox.runcommand import RunCommand
from orchestrator.sandbox.runcommand.messages import Answer, Message, Order, Reply

_LONGEST_END = 10.0
"""Seconds that a cancelled script is given to be killed by its agent."""


class Terminating:
    """Run Command for the agent of an instance that is terminated when a command reaches it.

    See `runcommand.messages.Commands`. ``terminate`` is called once.
    """

    def __init__(self, commands: RunCommand, terminate: Callable[[], None]) -> None:
        self._commands = commands
        self._terminate = terminate

    def receive(
        self, instance_id: str, reachable: Callable[[], bool], wait: float
    ) -> Message | None:
        """The next message, but for a command: that finds nobody any more."""
        message = self._commands.receive(instance_id, reachable, wait)
        if not isinstance(message, Order):
            return message
        self._terminate()
        return None

    def acknowledge(
        self, message: Message, instance_id: str, answer: Answer = Answer.SUCCESSFUL
    ) -> bool:
        """As there."""
        return self._commands.acknowledge(message, instance_id, answer)

    def fail(self, message: Message, instance_id: str, failure: str) -> None:
        """As there."""
        self._commands.fail(message, instance_id, failure)

    def reply(self, message: Message, instance_id: str, reply: Reply) -> None:
        """As there."""
        self._commands.reply(message, instance_id, reply)

    def hang_up(self, instance_id: str) -> None:
        """As there."""
        self._commands.hang_up(instance_id)

    def get_parameters(self, names: Sequence[str]) -> Mapping[str, StoredParameter]:
        """As there."""
        return self._commands.get_parameters(names)


def while_it_asks(fate: Fate, host: EmulatedHost, agent: Agent, ssm: Callable[[], Any]) -> None:
    """What happens at the moment at which a script asks for the role's credentials.

    ``ssm`` makes a boto3 client of an administrator.
    """
    match fate:
        case Fate.KILLED:
            host.kill_all()
        case Fate.AGENT_SILENT:
            agent.go_down()
        case Fate.CANCELLED:
            _cancel_all(ssm())
            host.wait_for_all(_LONGEST_END)


def _cancel_all(ssm: Any) -> None:
    """Cancel whatever is on its way, as somebody would in the console."""
    for command in ssm.list_commands()["Commands"]:
        ssm.cancel_command(CommandId=command["CommandId"])
