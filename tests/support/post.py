"""A Run Command that only carries messages and keeps what comes back."""

from __future__ import annotations

import threading
from collections import deque

from orchestrator.sandbox.runcommand.messages import Cancel, Order, Reply


class Post:
    def __init__(self) -> None:
        self.changed = threading.Condition()
        self.mail: deque[Order | Cancel] = deque()
        self.events: list[tuple[str, str]] = []
        self.replies: dict[str, Reply] = {}
        self.gone = False

    def put(self, *messages: Order | Cancel) -> None:
        with self.changed:
            self.mail.extend(messages)
            self.changed.notify_all()

    def event(self, kind: str, command_id: str) -> None:
        with self.changed:
            self.events.append((kind, command_id))
            self.changed.notify_all()

    def until(self, condition, seconds: float = 10.0) -> bool:
        with self.changed:
            return self.changed.wait_for(condition, seconds)

    def ended(self, command_id: str) -> Reply:
        assert self.until(lambda: command_id in self.replies), "no reply came"
        return self.replies[command_id]

    def receive(self, instance_id, reachable, wait):
        with self.changed:
            self.changed.wait_for(lambda: self.gone or (self.mail and reachable()), wait)
            if self.gone or not self.mail or not reachable():
                return None
            return self.mail.popleft()

    def acknowledge(self, command_id, instance_id):
        self.event("acknowledged", command_id)
        return True

    def reply(self, command_id, instance_id, reply):
        with self.changed:
            self.replies[command_id] = reply
        self.event(reply.status, command_id)

    def hang_up(self, instance_id):
        with self.changed:
            self.gone = True
            self.changed.notify_all()


def order(*lines: str, command_id: str = "c1", timeout: str = "3600") -> Order:
    return Order(command_id, "ap-northeast-1", "aws:runShellScript", lines, timeout)
