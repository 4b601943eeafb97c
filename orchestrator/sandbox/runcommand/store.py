"""The state of Run Command in one region: instances, commands, and the messages on their way.

Everything happens under one lock. What only depends on time is settled whenever somebody looks, so
that a clock which is moved by a test moves the states with it.
"""

from __future__ import annotations

import threading
import uuid
from collections import Counter, defaultdict, deque
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from datetime import datetime
from typing import TypeVar

from orchestrator.ports import Clock
from orchestrator.sandbox.runcommand import dispatch, states
from orchestrator.sandbox.runcommand.errors import ApiError
from orchestrator.sandbox.runcommand.info import Settings
from orchestrator.sandbox.runcommand.messages import Answer, Cancel, Message, Order, Reply
from orchestrator.sandbox.runcommand.records import Command, Invocation, Sending
from orchestrator.sandbox.runcommand.registry import Instance
from orchestrator.sandbox.runcommand.states import State

T = TypeVar("T")

_INVISIBLE = 10.0
"""Seconds after which a message that was handed out and not acknowledged is handed out again.

Agents ask for so many on the older channel; what the newer one does is taken to be the same.
"""

Post = Callable[[str, Order | Cancel], None]
"""Takes a message for an instance, by its id, and returns at once: the store stands still."""

Keep = Callable[[Command], None]
"""Keeps a command where it may have changed, before whoever changed it is answered."""


class Store:
    """The state machine. The agents' side of it is `messages.Commands`."""

    def __init__(
        self, clock: Clock, region: str, settings: Settings, keep: Keep = lambda _: None
    ) -> None:
        self.region = region
        self._keep = keep
        self._clock = clock
        self._settings = settings
        self._changed = threading.Condition()
        self._instances: dict[str, Instance] = {}
        self._commands: dict[str, Command] = {}
        self._open: dict[str, Command] = {}
        self._posts: dict[str, Post] = {}
        self._looks: Counter[str] = Counter()
        self._mail: defaultdict[str, deque[Order | Cancel]] = defaultdict(deque)
        self._handed_out: dict[tuple[str, str], tuple[float, Order]] = {}
        self._gone: set[str] = set()
        self._parameters: Mapping[str, Sequence[str]] = {}

    def register(self, instance: Instance, post: Post | None = None) -> None:
        """Manage an instance from now on. With a ``post`` it need not ask for its messages."""
        with self._changed:
            self._instances[instance.instance_id] = instance
            self._gone.discard(instance.instance_id)
            if post is not None:
                self._posts[instance.instance_id] = post

    def deregister(self, instance_id: str) -> None:
        """Forget an instance, as when it is terminated: nothing can be delivered to it."""
        with self._settled() as commands:
            self._instances.pop(instance_id, None)
            for command in commands:
                if invocation := command.invocations.get(instance_id):
                    command.end(invocation, states.UNDELIVERABLE)

    def instances(self) -> Mapping[str, Instance]:
        """All that are managed here, by id."""
        with self._changed:
            return dict(self._instances)

    def send(self, sending: Sending, show: Callable[[Command], T]) -> T:
        """Take a command, and give what ``show`` sees before it goes on its way."""
        with self._changed:
            with self._settled():
                command = Command(
                    command_id=str(uuid.uuid4()),
                    sending=self._kept_once(sending),
                    requested=self._clock.now(),
                    since=self._clock.monotonic(),
                    invocations={
                        i: Invocation(i, name, sending.barred.get(i, states.PENDING))
                        for i, name in sending.targets.items()
                    },
                )
                self._commands[command.command_id] = command
                self._open[command.command_id] = command
                shown = show(command)
            self._keep(command)
            return shown

    def _kept_once(self, sending: Sending) -> Sending:
        """The same, with the very parameters of the command before where they are equal.

        A run sends one script to 50 hosts a call, and each request brings its thousand lines.
        """
        if sending.parameters == self._parameters:
            given = {"Parameters": self._parameters} if "Parameters" in sending.request else {}
            request = {**sending.request, **given}
            sending = replace(sending, parameters=self._parameters, request=request)
        self._parameters = sending.parameters
        return sending

    @contextmanager
    def visible(self) -> Iterator[Sequence[Command]]:
        """The commands that can be seen by now, newest first; they stand still meanwhile."""
        with self._settled() as commands:
            delay = self._settings.visibility_delay
            yield [command for command in reversed(commands) if self._age(command) >= delay]

    def shows(self, command: Command) -> bool:
        """Whether the command is shown by now; each question is a look at it."""
        if not self._settings.empty_looks:
            return True
        self._looks[command.command_id] += 1
        return self._looks[command.command_id] > self._settings.empty_looks

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
                if dispatch.cancel(command, command.invocations[instance_id]):
                    self._deliver(instance_id, Cancel(command_id))
            self._keep(command)

    def invocations(self, command_id: str, instance_ids: Sequence[str]) -> Mapping[str, Invocation]:
        """How far these instances are with it; empty where the command is not kept any more."""
        with self._changed:
            if command_id not in self._commands:
                return {}
            self._settle(command_id)
            found = self._commands[command_id].invocations
            return {i: replace(found[i]) for i in instance_ids if i in found}

    def give_up(self, command_id: str, state: State) -> None:
        """End all of it that has not ended yet. The agents that have it are told to stop."""
        with self._changed:
            if command_id not in self._commands:
                return
            self._settle(command_id)
            command = self._commands[command_id]
            for invocation in command.invocations.values():
                if not invocation.state.final:
                    if invocation.delivered:
                        self._deliver(invocation.instance_id, Cancel(command_id))
                    command.end(invocation, state)
            self._settle(command_id)
            self._keep(command)

    def forget_before(self, moment: datetime) -> None:
        """Keep no command that is over and was requested before."""
        with self._changed:
            self._settle(None)
            for command in list(self._commands.values()):
                if command.requested < moment and command.is_over:
                    del self._commands[command.command_id]

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
        if message.command_id not in self._commands:
            return False
        with self._settled(message.command_id) as (command,):
            invocation = command.invocations[instance_id]
            if answer is not Answer.BUFFER_FULL:
                self._handed_out.pop((instance_id, message.command_id), None)
            in_time = self._age(command) < command.sending.delivery_timeout
            is_taken = in_time and answer is Answer.SUCCESSFUL
            if is_taken and invocation.state == states.IN_PROGRESS:
                invocation.delivered = True
            return invocation.delivered

    def is_wanted(self, order: Order, instance_id: str) -> bool:
        """Whether its agent should still get this command, that a post has taken."""
        if not self.has(order.command_id, instance_id):
            return False
        with self._settled(order.command_id) as (command,):
            in_time = self._age(command) < command.sending.delivery_timeout
            return in_time and command.invocations[instance_id].awaits_agent

    def has(self, command_id: str, instance_id: str) -> bool:
        """Whether that command was sent to that instance."""
        with self._changed:
            command = self._commands.get(command_id)
            return command is not None and instance_id in command.invocations

    def restore(self, command: Command) -> None:
        """Take a command of before up again, and give its agents what they have not had."""
        with self._changed:
            age = max(0.0, (self._clock.now() - command.requested).total_seconds())
            command.since = self._clock.monotonic() - age
            self._commands[command.command_id] = command
            self._open[command.command_id] = command
        with self._settled(command.command_id):
            for instance_id, invocation in command.invocations.items():
                if invocation.awaits_agent:
                    self._deliver(instance_id, command.order(self.region))
                elif invocation.state == states.CANCELLING:
                    self._deliver(instance_id, Cancel(command.command_id))

    def reply(self, message: Message, instance_id: str, reply: Reply) -> None:
        """See `messages.Commands`. Only the first final reply brings another state."""
        if not isinstance(message, Order) or message.command_id not in self._commands:
            return
        with self._settled(message.command_id) as (command,):
            invocation = command.invocations[instance_id]
            if reply.status == states.IN_PROGRESS.status:
                invocation.take(reply)
            else:
                command.end(invocation, states.of_reply(reply.status), reply)

    def hang_up(self, instance_id: str) -> None:
        """See `messages.Commands`."""
        with self._changed:
            self._gone.add(instance_id)
            self._changed.notify_all()

    @contextmanager
    def _settled(self, command_id: str | None = None) -> Iterator[Sequence[Command]]:
        """Hold the lock with that command, or all, brought up to date, before and after."""
        with self._changed:
            commands = [self._commands[command_id]] if command_id else [*self._commands.values()]
            self._settle(command_id)
            yield commands
            self._settle(command_id)
            if command_id and command_id in self._commands:
                self._keep(self._commands[command_id])

    def _settle(self, command_id: str | None) -> None:
        # What is over cannot change any more, and most commands are.
        for each in [command_id] if command_id else [*self._open]:
            if each in self._open:
                self._settle_one(self._open[each])

    def _settle_one(self, command: Command) -> None:
        dispatch.expire(command, self._age(command))
        dispatch.stop_if_failing(command)
        for instance_id in dispatch.send_more(command):
            self._deliver(instance_id, command.order(self.region))
        if command.is_over:
            del self._open[command.command_id]
            command.forget_order()

    def _deliver(self, instance_id: str, message: Order | Cancel) -> None:
        if post := self._posts.get(instance_id):
            post(instance_id, message)
        else:
            self._mail[instance_id].append(message)
            self._changed.notify_all()

    def _hand_out_again(self, instance_id: str) -> None:
        now = self._clock.monotonic()
        for key, (due, order) in list(self._handed_out.items()):
            if key[0] == instance_id and due <= now:
                del self._handed_out[key]
                if self._commands[order.command_id].invocations[instance_id].awaits_agent:
                    self._mail[instance_id].append(order)

    def _age(self, command: Command) -> float:
        return self._clock.monotonic() - command.since
