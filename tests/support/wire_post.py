"""`Post`, with HTTP between it and the agent: the sandbox's own endpoint for real agents.

An agent that is made by ``attached_agent`` speaks to that endpoint, which hands on to the post what
it understood. So everything that is held of the emulated agent is held over the wire as well.
"""

from __future__ import annotations

import json
import uuid
from dataclasses import replace
from typing import Any

from botocore.credentials import Credentials

from orchestrator.sandbox.agent import Agent
from orchestrator.sandbox.attached.attachments import Attachments, arn_of
from orchestrator.sandbox.attached.calls import AgentCalls
from orchestrator.sandbox.attached.ec2messages import MessageService
from orchestrator.sandbox.imds import InstanceIdentity
from orchestrator.sandbox.runcommand.errors import ApiError, allow_all
from orchestrator.sandbox.runcommand.messages import Cancel, Message, NotReachedError, Order
from orchestrator.sandbox.server import Server
from orchestrator.waiting.clock import SystemClock
from support.agent_wire import REGION, AgentWire, WireCommands
from support.post import Post
from support.shell_host import INSTANCE

_IDENTITY = InstanceIdentity(INSTANCE, "111111111111", REGION, "role", "role", "Linux")


class WirePost(Post):
    """A post whose messages an agent has to ask for, by the calls of a real one."""

    def __post_init__(self) -> None:
        super().__post_init__()
        self.names: dict[str, Message] = {}
        self.attachments = Attachments(SystemClock())
        made = self.attachments.add(_IDENTITY, _Behind(self), {})  # type: ignore[arg-type]
        self.mailbox = made.mailbox
        decided = (allow_all, lambda _: arn_of(_IDENTITY))
        messages = MessageService(self.attachments, *decided, longest_poll=0.5)
        calls = AgentCalls(_nothing, self.attachments, *decided)
        self._servers = [Server(messages.app), Server(calls)]
        urls = dict(zip(("ec2messages", "ssm"), (s.url for s in self._servers), strict=True))
        keys = Credentials("ASIAEXAMPLE", "secret", "token")
        self.commands = _Telling(AgentWire(INSTANCE, urls, keys), self)

    def put(self, *messages: Message) -> None:
        """Names of messages are UUIDs on the wire, whatever they are called in a test."""
        for message in messages:
            assert isinstance(message, Order | Cancel)
            own = _uuid(message.command_id)
            if isinstance(message, Order):
                self.names[own] = message
            self.mailbox.put(replace(message, command_id=own))
        with self.changed:
            self.changed.notify_all()

    def close(self) -> None:
        self.attachments.close()
        for server in self._servers:
            server.close()


class _Behind:
    """What the endpoint has behind it in the place of Run Command: see `RunCommand`."""

    def __init__(self, post: WirePost) -> None:
        self._post = post

    def register(self, *_: Any) -> None: ...

    def has(self, command_id: str, _instance_id: str) -> bool:
        return command_id in self._post.names

    def is_wanted(self, order: Order, _instance_id: str) -> bool:
        return True

    def acknowledge(self, order: Order, instance_id: str) -> bool:
        return self._post.acknowledge(self._post.names[order.command_id], instance_id)

    def reply(self, order: Order, instance_id: str, reply: Any) -> None:
        try:
            self._post.reply(self._post.names[order.command_id], instance_id, reply)
        except NotReachedError as error:
            raise ApiError("InternalServerException", "not now", 500) from error

    def get_parameters(self, names: Any) -> Any:
        return self._post.get_parameters(names)


class _Telling(WireCommands):
    """Tells the post of what is said to a cancel, which the service has no use for."""

    def __init__(self, wire: AgentWire, post: WirePost) -> None:
        super().__init__(wire)
        self._post = post

    def acknowledge(self, message: Message, instance_id: str, *more: Any) -> bool:
        is_wanted = super().acknowledge(message, instance_id, *more)
        if isinstance(message, Cancel):
            self._post.acknowledge(self._known(message), instance_id, *more)
        return is_wanted

    def reply(self, message: Message, instance_id: str, reply: Any) -> None:
        super().reply(message, instance_id, reply)
        if isinstance(message, Cancel):
            self._post.reply(self._known(message), instance_id, reply)

    def _known(self, cancel: Cancel) -> Cancel:
        order = self._post.names.get(cancel.command_id)
        return Cancel(order.command_id) if isinstance(order, Order) else cancel


def attached_agent(host: Any, post: WirePost, clock: Any, settings: Any) -> Agent:
    """The emulated agent, on the other side of the wire; its end is the post's, too."""
    agent = Agent(host, post.commands, clock, settings)
    end = agent.close

    def close() -> None:
        end()
        post.close()

    agent.close = close  # type: ignore[method-assign]
    return agent


def _uuid(command_id: str) -> str:
    try:
        return str(uuid.UUID(command_id))
    except ValueError:
        # Version 4 by its looks, made of the name.
        return str(uuid.UUID(bytes=uuid.uuid5(uuid.NAMESPACE_OID, command_id).bytes, version=4))


def _nothing(_environ: Any, start: Any) -> list[bytes]:
    data = json.dumps({"__type": "UnknownOperationException"}).encode()
    start("400 Bad Request", [("Content-Length", str(len(data)))])
    return [data]
