"""The state of Run Command in one region: instances, commands, and the messages on their way.

Everything happens under one lock. What only depends on time is settled whenever somebody looks, so
that a clock which is moved by a test moves the states with it.
"""

from __future__ import annotations

import threading
import uuid
from collections import defaultdict, deque
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import TypeVar

from orchestrator.ports import Clock
from orchestrator.sandbox.runcommand import dispatch, states
from orchestrator.sandbox.runcommand.errors import ApiError
from orchestrator.sandbox.runcommand.info import Settings
from orchestrator.sandbox.runcommand.messages import Answer, Cancel, Message, Order, Reply
from orchestrator.sandbox.runcommand.records import Command, Invocation, Sending
from orchestrator.sandbox.runcommand.registry import Instance

T = TypeVar("T")

_INVISIBLE = 10.0
"""Seconds after which a message that was handed out and not acknowledged is handed out again.

Agents ask for so many on the older channel; what the newer one does is taken to be the same.
"""


class Store:
    """The state machine. The agents' side of it is `messages.Commands`."""

    def __init__(self, clock: Clock, region: str, settings: Settings) -> None:
        self.region = region
        self._clock = clock
        self._settings = settings
        self._changed = threading.Condition()
        self._instances: dict[str, Instance] = {}
        self._commands: dict[str, Command] = {}
        self._mail: defaultdict[str, deque[Order | Cancel]] = defaultdict(deque)
        self._handed_out: dict[tuple[str, str], tuple[float, Order]] = {}
        self._gone: set[str] = set()

    def register(self, instance: Instance) -> None:
        """Manage an instance from now on."""
        with self._changed:
            self._instances[instance.instance_id] = instance
            self._gone.discard(instance.instance_id)

    def deregister(self, instance_id: str) -> None:
        """Forget an instance, as when it is terminated: nothing can be delivered to it."""
        with self._settled() as commands:
            self._instances.pop(instance_id, None)
            for command in commands:
                if invocation := command.invocations.get(instance_id):
                    invocation.end(states.UNDELIVERABLE)

    def instances(self) -> Sequence[Instance]:
        """All that are managed here."""
        with self._changed:
            return list(self._instances.values())

    def send(self, sending: Sending, show: Callable[[Command], T]) -> T:
        """Take a command, and give what ``show`` sees before it goes on its way."""
        with self._settled():
            command = Command(
                command_id=str(uuid.uuid4()),
                sending=sending,
                requested=self._clock.now(),
                since=self._clock.monotonic(),
                invocations={i: Invocation(i, name) for i, name in sending.targets.items()},
            )
            self._commands[command.command_id] = command
            return show(command)

    @contextmanager
    def visible(self) -> Iterator[Sequence[Command]]:
        """The commands that can be seen by now, newest first; they stand still meanwhile."""
        with self._settled() as commands:
            seen = [c for c in commands if self._age(c) >= self._settings.visibility_delay]
            yield sorted(seen, key=lambda command: command.since, reverse=True)

    def cancel(self, command_id: str, instance_ids: Sequence[str]) -> None:
        """Cancel on these instances, on all where none is named. InvalidCommandId."""
        with self.visible() as commands:
            command = next((c for c in commands if c.command_id == command_id), None)
            if command is None:
                raise ApiError("InvalidCommandId")
            unknown = set(instance_ids) - set(command.invocations)
            if unknown:
                raise ApiError("InvalidInstanceId", f"{sorted(unknown)} are not in the command.")
            for instance_id in instance_ids or command.invocations:
                if dispatch.cancel(command.invocations[instance_id]):
                    self._mail[instance_id].append(Cancel(command_id))

    def receive(
        self, instance_id: str, reachable: Callable[[], bool], wait: float
    ) -> Message | None:
        """See `messages.Commands`."""

        def ready() -> bool:
            self._hand_out_again(instance_id)
            return instance_id in self._gone or bool(self._mail[instance_id] and reachable())

        with self._changed:
            if not self._changed.wait_for(ready, wait) or instance_id in self._gone:
                return None
            message = self._mail[instance_id].popleft()
            if isinstance(message, Order):
                due = self._clock.monotonic() + _INVISIBLE
                self._handed_out[instance_id, message.command_id] = due, message
            return message

    def acknowledge(self, message: Message, instance_id: str, answer: Answer) -> bool:
        """See `messages.Commands`. A command may only be begun within its delivery time-out."""
        if not isinstance(message, Order):
            return True
        with self._settled():
            command = self._commands[message.command_id]
            invocation = command.invocations[instance_id]
            if answer is not Answer.BUFFER_FULL:
                self._handed_out.pop((instance_id, message.command_id), None)
            in_time = self._age(command) < command.sending.delivery_timeout
            is_taken = in_time and answer is Answer.SUCCESSFUL
            if is_taken and invocation.state == states.IN_PROGRESS:
                invocation.delivered = True
            return invocation.delivered

    def reply(self, message: Message, instance_id: str, reply: Reply) -> None:
        """See `messages.Commands`. Only a final reply counts, and only the first such one."""
        if not isinstance(message, Order) or reply.status == states.IN_PROGRESS.status:
            return
        with self._settled():
            invocation = self._commands[message.command_id].invocations[instance_id]
            invocation.end(states.of_reply(reply.status), reply)

    def hang_up(self, instance_id: str) -> None:
        """See `messages.Commands`."""
        with self._changed:
            self._gone.add(instance_id)
            self._changed.notify_all()

    @contextmanager
    def _settled(self) -> Iterator[Sequence[Command]]:
        """Hold the lock with all commands brought up to date, before and after."""
        with self._changed:
            self._settle()
            yield list(self._commands.values())
            self._settle()
            self._changed.notify_all()

    def _settle(self) -> None:
        for command in self._commands.values():
            dispatch.expire(command, self._age(command))
            dispatch.stop_if_failing(command)
            for instance_id in dispatch.send_more(command):
                self._mail[instance_id].append(command.order(self.region))

    def _hand_out_again(self, instance_id: str) -> None:
        now = self._clock.monotonic()
        for key, (due, order) in list(self._handed_out.items()):
            if key[0] == instance_id and due <= now:
                del self._handed_out[key]
                if self._commands[order.command_id].invocations[instance_id].awaits_agent:
                    self._mail[instance_id].append(order)

    def _age(self, command: Command) -> float:
        return self._clock.monotonic() - command.since
