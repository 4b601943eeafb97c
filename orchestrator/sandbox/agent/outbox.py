"""Replies on their way to the service: in their order, one at a time, and again if need be."""

from __future__ import annotations

import math
import threading
import time
from collections import deque
from collections.abc import Callable

from orchestrator.sandbox.agent.settings import AgentSettings, Channel
from orchestrator.sandbox.runcommand.messages import Message, NotReachedError, Reply

_TRIES = {Channel.EC2MESSAGES: 4, Channel.SSMMESSAGES: 1}

Saying = tuple[Message, Reply]


class Outbox:
    """Says replies by ``say``, which may raise NotReachedError, until `close`.

    A reply that did not get through is kept: on the older channel it is tried again by a job of
    every five minutes, here as late as that can be; on the newer one at the agent's next start.
    What is kept goes out newest first.
    """

    def __init__(self, say: Callable[[Message, Reply], None], settings: AgentSettings) -> None:
        self._say = say
        self._channel = settings.channel
        self._retry = settings.timing.retry
        is_older = settings.channel is Channel.EC2MESSAGES
        self._resend = settings.timing.resend if is_older else math.inf
        self._changed = threading.Condition()
        self._queue: deque[Saying] = deque()
        self._kept: list[Saying] = []
        self._next_resend = math.inf
        self._is_up = True
        self._closed = False
        self._thread = threading.Thread(target=self._run, name="outbox", daemon=True)
        self._thread.start()

    def put(self, message: Message, reply: Reply) -> None:
        """Say it when all before it is said."""
        with self._changed:
            self._queue.append((message, reply))
            self._changed.notify_all()

    def go_down(self) -> None:
        """Say nothing, as while the agent does not run."""
        with self._changed:
            self._is_up = False
            self._changed.notify_all()

    def come_up(self) -> None:
        """Go on, with what is kept at first."""
        with self._changed:
            self._is_up = True
            self._next_resend = time.monotonic()
            self._changed.notify_all()

    def close(self) -> None:
        """Say nothing more, and wait until the thread is gone."""
        with self._changed:
            self._closed = True
            self._changed.notify_all()
        self._thread.join()

    def _run(self) -> None:
        while not self._closed:
            self._resend_if_due()
            if saying := self._next():
                self._try(saying)

    def _next(self) -> Saying | None:
        """What is to be said now; None where something else has to be done."""

        def is_due() -> bool:
            return self._closed or (self._is_up and (bool(self._queue) or self._left() <= 0))

        with self._changed:
            wait = self._left() if self._is_up else math.inf
            self._changed.wait_for(is_due, min(wait, threading.TIMEOUT_MAX))
            has_one = self._is_up and self._queue and not self._closed
            return self._queue.popleft() if has_one else None

    def _left(self) -> float:
        """Seconds until what is kept is tried again."""
        return max(0.0, self._next_resend - time.monotonic())

    def _try(self, saying: Saying) -> None:
        pause = self._retry
        for _ in range(_TRIES[self._channel] - 1):
            if self._is_said(saying) or self._closed_within(pause):
                return
            pause *= 2
        if not self._is_said(saying):
            self._kept.append(saying)
            self._next_resend = time.monotonic() + self._resend

    def _resend_if_due(self) -> None:
        with self._changed:
            if not self._is_up or self._left() > 0:
                return
        self._kept = [saying for saying in reversed(self._kept) if not self._is_said(saying)][::-1]
        with self._changed:
            self._next_resend = time.monotonic() + self._resend if self._kept else math.inf

    def _is_said(self, saying: Saying) -> bool:
        try:
            self._say(*saying)
        except NotReachedError:
            return False
        return True

    def _closed_within(self, seconds: float) -> bool:
        with self._changed:
            return self._changed.wait_for(lambda: self._closed, seconds)
