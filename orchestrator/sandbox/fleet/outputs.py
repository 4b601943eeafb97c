"""What each host's script puts out: the answer that holds for it, in its own words."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from orchestrator.ports import Clock
from orchestrator.sandbox.agent.endings import Output
from orchestrator.sandbox.fleet.answers import Answers, Key, Question
from orchestrator.sandbox.fleet.commands import Script
from orchestrator.sandbox.fleet.nodes import Node
from orchestrator.sandbox.fleet.personal import Told
from orchestrator.sandbox.runcommand.messages import Order

_EPOCH = datetime(1, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What makes hosts differ: their own metadata, and policies that ``tell_apart`` instances."""

    metadata_are_on: Callable[[Node], bool] = lambda _: True
    tell_apart: Callable[[], bool] = lambda: False


class Outputs:
    """The outputs of a fleet's scripts."""

    def __init__(self, answers: Answers, surroundings: Surroundings, clock: Clock) -> None:
        self._answers = answers
        self._surroundings = surroundings
        self._clock = clock
        self._told: dict[Key, tuple[float, Told]] = {}

    @property
    def answered(self) -> int:
        """How many scripts were really run so far. Where it grew, asking again may help."""
        return self._answers.count

    def prepare(self, node: Node, order: Order, script: Script, now: float) -> None:
        """Ask now for what will be wanted when the script ends."""
        self._answers.look(self._question(node, order, script), now)

    def of(
        self, node: Node, order: Order, script: Script, starts: float, ends: float
    ) -> Output | None:
        """What a script puts out that ran so long; None until the answer is there."""
        question = self._question(node, order, script)
        answer = self._answers.look(question, ends)
        if answer is None:
            return None
        asked, told = self._told.get(question.key, (-1.0, None))
        if told is None or asked != answer.asked:
            told = Told(script.text, answer.node, answer.output)
            self._told[question.key] = answer.asked, told
        return told.by(node, self._clock.monotonic() - starts, self._ticks(node))

    def _question(self, node: Node, order: Order, script: Script) -> Question:
        around = self._surroundings
        own = node.instance_id if around.tell_apart() else ""
        return Question(script, order, node, (script.digest, around.metadata_are_on(node), own))

    def _ticks(self, node: Node) -> int:
        """The time as .NET's UtcNow.Ticks, not the same for two hosts of one microsecond."""
        return (self._clock.now() - _EPOCH) // timedelta(microseconds=1) * 10 + node.number % 10
