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
from orchestrator.sandbox.runcommand.messages import Cancel, Order, Reply
from orchestrator.sandbox.runcommand.records import Command, Invocation, Sending
from orchestrator.sandbox.runcommand.registry import Instance

T = TypeVar("T")


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
    ) -> Order | Cancel | None:
        """See `messages.Commands`."""

        def ready() -> bool:
            return instance_id in self._gone or bool(self._mail[instance_id] and reachable())

        with self._changed:
            if not self._changed.wait_for(ready, wait) or instance_id in self._gone:
                return None
            return self._mail[instance_id].popleft()

    def acknowledge(self, command_id: str, instance_id: str) -> bool:
        """See `messages.Commands`. A command may only be begun within its delivery time-out."""
        with self._settled():
            command = self._commands[command_id]
            invocation = command.invocations[instance_id]
            in_time = self._age(command) < command.sending.delivery_timeout
            if in_time and invocation.state == states.IN_PROGRESS:
                invocation.delivered = True
            return invocation.delivered

    def reply(self, command_id: str, instance_id: str, reply: Reply) -> None:
        """See `messages.Commands`."""
        with self._settled():
            invocation = self._commands[command_id].invocations[instance_id]
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

    def _age(self, command: Command) -> float:
        return self._clock.monotonic() - command.since
