"""A message service that only carries messages and keeps what comes back."""

from __future__ import annotations

import json
import threading
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

from orchestrator.sandbox.parts import StoredParameter
from orchestrator.sandbox.runcommand.documents.own import own_document
from orchestrator.sandbox.runcommand.messages import (
    Answer,
    Message,
    NotReachedError,
    Order,
    Reply,
)

KNOWN = StoredParameter("known", "String", "hello from the store")


@dataclass
class Post:
    """``events`` is all that an agent said, in order: what kind, of which message, and what.

    ``takes_reply`` may refuse a reply, which the agent must then say again.
    """

    store: dict[str, StoredParameter] = field(default_factory=lambda: {KNOWN.name: KNOWN})
    takes_reply: Callable[[Message, Reply], bool] = lambda message, reply: True
    is_wanted: bool = True

    def __post_init__(self) -> None:
        self.changed = threading.Condition()
        self.mail: deque[Message] = deque()
        self.events: list[tuple[str, Message, Any]] = []
        self.asked: list[list[str]] = []
        self.objects: dict[str, bytes] = {}
        self.gone = False

    def put(self, *messages: Message) -> None:
        with self.changed:
            self.mail.extend(messages)
            self.changed.notify_all()

    def until(self, condition: Callable[[], Any], seconds: float = 30.0) -> Any:
        with self.changed:
            return self.changed.wait_for(condition, seconds)

    def of(self, kind: str, message: Message | None = None) -> list[Any]:
        """All of a kind that was said, of one message or of any."""
        with self.changed:
            return [what for k, m, what in self.events if k == kind and message in {None, m}]

    def replies(self, message: Message) -> list[Reply]:
        return self.of("reply", message)

    def final(self, message: Message) -> Reply | None:
        return next((r for r in self.replies(message) if r.status != "InProgress"), None)

    def ended(self, message: Message) -> Reply:
        """The final reply. All that a document's end brings comes at once, so wait for it too."""
        assert self.until(lambda: self.final(message)), "no final reply came"
        return self.final(message)

    def receive(self, instance_id, reachable, wait):
        with self.changed:
            self.changed.wait_for(lambda: self.gone or (self.mail and reachable()), wait)
            if self.gone or not self.mail or not reachable():
                return None
            return self.mail.popleft()

    def acknowledge(self, message, instance_id, answer=Answer.SUCCESSFUL):
        self._event("acknowledge", message, answer)
        return self.is_wanted

    def fail(self, message, instance_id, failure):
        self._event("fail", message, failure)

    def reply(self, message, instance_id, reply):
        if not self.takes_reply(message, reply):
            self._event("refused reply", message, reply)
            raise NotReachedError
        self._event("reply", message, reply)

    def get_parameters(self, names: Sequence[str]):
        self.asked.append(list(names))
        return {name: self.store[name] for name in names if name in self.store}

    def put_object(self, bucket, key, data):
        self.objects[f"/{bucket}/{key}"] = data

    def hang_up(self, instance_id):
        with self.changed:
            self.gone = True
            self.changed.notify_all()

    def _event(self, kind: str, message: Message, what: Any) -> None:
        with self.changed:
            self.events.append((kind, message, what))
            self.changed.notify_all()


def order(*lines: str, command_id: str = "c1", timeout: str = "3600", **more: Any) -> Order:
    """A command of AWS-RunShellScript, or of another ``document`` of AWS."""
    content = own_document(more.pop("document", "AWS-RunShellScript")).content
    values = {"commands": list(lines), "executionTimeout": timeout, **more.pop("values", {})}
    return order_of(content, values, command_id, **more)


def order_of(content: Any, values: Any, command_id: str = "c1", **more: Any) -> Order:
    payload = {"DocumentContent": content, "Parameters": values, "CommandId": command_id, **more}
    return Order(command_id, "ap-northeast-1", json.dumps(payload))
