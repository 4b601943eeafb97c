"""What an agent says, in the order and the words of its channel."""

from __future__ import annotations

from orchestrator.sandbox.agent.outbox import Outbox
from orchestrator.sandbox.agent.settings import AgentSettings, Channel
from orchestrator.sandbox.runcommand.messages import (
    Answer,
    Commands,
    Message,
    NotReachedError,
    Order,
    Reply,
    Unknown,
)


class Line:
    """The line of one host's agent to the service, until `close`."""

    def __init__(self, commands: Commands, instance_id: str, settings: AgentSettings) -> None:
        self._commands = commands
        self._instance_id = instance_id
        self._is_older = settings.channel is Channel.EC2MESSAGES
        self._outbox = Outbox(self._say, settings)
        self.go_down = self._outbox.go_down
        self.come_up = self._outbox.come_up
        self.tell = self._outbox.put
        self._is_closed = False

    def close(self) -> None:
        """Reply no more."""
        self._is_closed = True
        self._outbox.close()

    def welcome(self, message: Message) -> bool:
        """Say that a message was taken. False: it is not wanted any more.

        The older channel's agent replies before it acknowledges, the newer one's after that.
        """
        if self._is_older:
            self._tell_now(message, Reply("InProgress"))
            return self._acknowledge(message)
        is_wanted = self._acknowledge(message)
        if is_wanted:
            self._tell_now(message, Reply("InProgress"))
        return is_wanted

    def welcome_again(self, order: Order) -> None:
        """Say that a command came before; the older channel has no other words for that."""
        if self._is_older:
            self.welcome(order)
        else:
            self._acknowledge(order, Answer.DUPLICATE)

    def turn_away(self, order: Order) -> None:
        """Say that there is no room, on the older channel by no word at all."""
        if not self._is_older:
            self._acknowledge(order, Answer.BUFFER_FULL)

    def refuse(self, order: Order, why: str) -> None:
        """Say that nothing of a command can begin; the newer channel leaves out why."""
        if not self._is_older:
            self._acknowledge(order, Answer.UNREADABLE)
        self._tell_now(order, Reply("Failed", trace=why if self._is_older else ""))

    def fail(self, message: Unknown) -> None:
        """Say that a message is none of those that agents know."""
        self._commands.fail(message, self._instance_id, "InternalHandlerException")

    def _acknowledge(self, message: Message, answer: Answer = Answer.SUCCESSFUL) -> bool:
        return self._commands.acknowledge(message, self._instance_id, answer)

    def _tell_now(self, message: Message, reply: Reply) -> None:
        try:
            self._say(message, reply)
        except NotReachedError:
            self.tell(message, reply)

    def _say(self, message: Message, reply: Reply) -> None:
        if not self._is_closed:
            self._commands.reply(message, self._instance_id, reply)
