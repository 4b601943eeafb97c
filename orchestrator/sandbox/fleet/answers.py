"""What scripts say: one is really run, and what it said holds for the whole fleet for a while.

The truth of it rests on two things. The key of a question is everything that could make two hosts
of one role differ: the script, whether their metadata are on, and where a policy tells instances
apart the instance itself. And an answer is forgotten as soon as anything was changed through the
API, or half a minute has passed.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass

from orchestrator.ports import Clock
from orchestrator.sandbox.agent.endings import Output
from orchestrator.sandbox.fleet.commands import Script
from orchestrator.sandbox.fleet.nodes import Node
from orchestrator.sandbox.runcommand.messages import Order

Key = tuple[str, bool, str]
"""The script's digest, whether the metadata are on, and the instance's id where that matters."""

_KEPT = 30.0
"""Seconds that an answer holds where nothing was changed."""


@dataclass(frozen=True, slots=True)
class Question:
    """A script on a host, standing for all hosts of which ``key`` says the same."""

    script: Script
    order: Order
    node: Node
    key: Key


@dataclass(frozen=True, slots=True)
class Answer:
    """What ``node`` said. ``asked`` is when it was begun, ``version`` what of AWS it saw."""

    node: Node
    output: Output
    asked: float
    version: int


class Answers:
    """The answers so far. ``ask`` runs a script; ``version`` changes when something in AWS does.

    One thread looks, and calls `answer_one` itself or has another one do so.
    """

    def __init__(
        self, ask: Callable[[Question], Output], version: Callable[[], int], clock: Clock
    ) -> None:
        self._ask = ask
        self._version = version
        self._clock = clock
        self._changed = threading.Condition()
        self._known: dict[Key, Answer] = {}
        self._asked: dict[Key, Question] = {}
        self._closed = False
        self.on_answer: Callable[[], None] = lambda: None
        self.count = 0
        """How many scripts were really run."""

    def look(self, question: Question, since: float) -> Answer | None:
        """An answer that is true now, or was asked for no earlier than ``since``; else ask."""
        with self._changed:
            known = self._known.get(question.key)
            if known and (known.asked >= since or self._is_fresh(known)):
                return known
            if question.key not in self._asked:
                self._asked[question.key] = question
                self._changed.notify_all()
            return None

    def answer_one(self, wait: float | None = 0.0) -> bool:
        """Run the script of one question, if there is one within the time. False when closed."""
        with self._changed:
            self._changed.wait_for(lambda: self._asked or self._closed, wait)
            if self._closed:
                return False
            if not self._asked:
                return True
            key, question = next(iter(self._asked.items()))
            begun, version = self._clock.monotonic(), self._version()
        output = self._ask(question)
        with self._changed:
            self.count += 1
            self._known[key] = Answer(question.node, output, begun, version)
            del self._asked[key]
        self.on_answer()
        return True

    def close(self) -> None:
        """Answer nothing any more."""
        with self._changed:
            self._closed = True
            self._changed.notify_all()

    def _is_fresh(self, answer: Answer) -> bool:
        age = self._clock.monotonic() - answer.asked
        return age <= _KEPT and answer.version == self._version()
