"""What the hosts of a fleet do: take a command, run it, report, on one heap of events.

Nothing here waits: `Simulation.run_due` does what is due by the clock, and says when something is
again. What a host does and says of a command is what `orchestrator.sandbox.agent` does and says:
five at once and five more waiting, time-out, cancel.
"""

from __future__ import annotations

import heapq
import threading
from collections import deque
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from itertools import count

from orchestrator.ports import Clock
from orchestrator.sandbox.agent import AT_ONCE, WAITING
from orchestrator.sandbox.agent.document.model import RefusedError
from orchestrator.sandbox.agent.endings import Output, result_of, stopped
from orchestrator.sandbox.fleet.answers import Answers, Key, Question
from orchestrator.sandbox.fleet.commands import Script, Scripts
from orchestrator.sandbox.fleet.drawing import Drawing
from orchestrator.sandbox.fleet.nodes import Node
from orchestrator.sandbox.fleet.personal import Told
from orchestrator.sandbox.runcommand.messages import (
    Answer,
    Cancel,
    Commands,
    Order,
    Reply,
    Result,
)

_AGAIN = 10.0
"""Seconds after which a message that found no room is handed out again."""
_LOOKS_FOR_ROLE = 5.0
_AFTER_TIMEOUT = 0.3
_EPOCH = datetime(1, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Pace:
    """How fast the hosts are, in seconds.

    ``seconds`` is the median of a script's run, ``delay`` what a start takes longer than usual.
    """

    seconds: float
    delay: float = 0.0


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What makes hosts differ: their own metadata, and policies that ``tell_apart`` instances."""

    metadata_are_on: Callable[[Node], bool] = lambda _: True
    tell_apart: Callable[[], bool] = lambda: False


@dataclass(slots=True, eq=False)
class _Work:
    """A command that a host took. ``ends`` is when its script does, by the clock's own count."""

    node: Node
    order: Order
    script: Script
    runs: float
    starts: float = 0.0
    ends: float = 0.0
    began: datetime | None = None
    is_over: bool = False


@dataclass(slots=True)
class _Desk:
    """What a host has in hand."""

    running: dict[str, _Work] = field(default_factory=dict)
    waiting: deque[_Work] = field(default_factory=deque)


class Simulation:
    """All hosts of a fleet. `post` may come from any thread, everything else from one alone."""

    def __init__(
        self,
        nodes: Iterable[Node],
        commands: Commands,
        answers: Answers,
        *,
        clock: Clock,
        chance: Drawing,
        pace: Pace,
        surroundings: Surroundings | None = None,
    ) -> None:
        self._nodes = {node.instance_id: node for node in nodes}
        self._commands = commands
        self._answers = answers
        self._clock = clock
        self._chance = chance
        self._pace = pace
        self._scripts = Scripts(commands)
        self._desks: dict[str, _Desk] = {}
        self._told: dict[Key, tuple[float, Told]] = {}
        self._events: list[tuple[float, int, Callable[[], None]]] = []
        self._numbers = count()
        self._unanswered: list[_Work] = []
        self._answers_seen = 0
        self._inbox: deque[tuple[str, Order | Cancel]] = deque()
        self._lock = threading.Lock()
        self._surroundings = surroundings or Surroundings()
        self.on_post: Callable[[], None] = lambda: None

    def post(self, instance_id: str, message: Order | Cancel) -> None:
        """Put a message into a host's letter box; see `runcommand.store.Post`."""
        with self._lock:
            self._inbox.append((instance_id, message))
        self.on_post()

    def run_due(self) -> float | None:
        """Do what is due; the seconds until something else is, None where nothing ever will be."""
        for instance_id, message in self._posted():
            self._take_in(self._nodes[instance_id], message)
        if self._answers.count != self._answers_seen:
            self._answers_seen = self._answers.count
            unanswered, self._unanswered = self._unanswered, []
            for work in unanswered:
                self._end(work)
        while self._events and self._events[0][0] <= self._clock.monotonic():
            heapq.heappop(self._events)[2]()
        if self._inbox:
            return 0.0
        return max(0.0, self._events[0][0] - self._clock.monotonic()) if self._events else None

    def _posted(self) -> list[tuple[str, Order | Cancel]]:
        with self._lock:
            found = list(self._inbox)
            self._inbox.clear()
        return found

    def _at(self, due: float, do: Callable[[], None]) -> None:
        heapq.heappush(self._events, (due, next(self._numbers), do))

    def _in(self, seconds: float, do: Callable[[], None]) -> None:
        self._at(self._clock.monotonic() + seconds, do)

    def _take_in(self, node: Node, message: Order | Cancel) -> None:
        if not node.connected:
            # It never comes back, and SSM gives the command up by itself.
            return
        if not node.online:
            self._in(_LOOKS_FOR_ROLE, lambda: self._take_in(node, message))
        elif isinstance(message, Cancel):
            self._cancel(node, message)
        else:
            self._take(node, message)

    def _take(self, node: Node, order: Order) -> None:
        desk = self._desks.setdefault(node.instance_id, _Desk())
        if order.command_id in desk.running:
            self._commands.acknowledge(order, node.instance_id, Answer.DUPLICATE)
            return
        try:
            script = self._scripts.of(order)
        except RefusedError:
            self._commands.acknowledge(order, node.instance_id, Answer.UNREADABLE)
            self._commands.reply(order, node.instance_id, Reply("Failed"))
            return
        if len(desk.running) + len(desk.waiting) >= AT_ONCE + WAITING:
            self._commands.acknowledge(order, node.instance_id, Answer.BUFFER_FULL)
            self._in(_AGAIN, lambda: self._take_in(node, order))
        elif self._commands.acknowledge(order, node.instance_id):
            node.taken += 1
            about = ("host", node.number, "command", node.taken)
            runs = self._chance.run_seconds(self._pace.seconds, *about) + node.slower
            desk.waiting.append(_Work(node, order, script, runs))
            self._start_next(desk, self._chance.start_seconds(*about) + self._pace.delay)

    def _start_next(self, desk: _Desk, delay: float = 0.0) -> None:
        while desk.waiting and len(desk.running) < AT_ONCE:
            work = desk.waiting.popleft()
            desk.running[work.order.command_id] = work
            work.starts = self._clock.monotonic() + delay
            self._at(work.starts, lambda work=work: self._begin(work))  # type: ignore[misc]  # bound now

    def _begin(self, work: _Work) -> None:
        if work.is_over:
            return
        work.began = self._clock.now()
        if not work.node.ends:
            return
        is_late = work.runs > work.script.timeout
        work.ends = work.starts + (work.script.timeout + _AFTER_TIMEOUT if is_late else work.runs)
        if not is_late:
            # Asked for now, it is there when the script ends.
            self._answers.look(self._question(work), work.starts)
        self._at(work.ends, lambda: self._end(work, is_late=is_late))

    def _end(self, work: _Work, *, is_late: bool = False) -> None:
        if work.is_over:
            return
        if is_late:
            self._report(work, Output(stopped("TimedOut")))
            return
        question = self._question(work)
        answer = self._answers.look(question, work.ends)
        if answer is None:
            self._unanswered.append(work)
            return
        asked, told = self._told.get(question.key, (-1.0, None))
        if told is None or asked != answer.asked:
            told = Told(work.script.text, answer.node, answer.output)
            self._told[question.key] = answer.asked, told
        ticks = (self._clock.now() - _EPOCH) // timedelta(
            microseconds=1
        ) * 10 + work.node.number % 10
        self._report(work, told.by(work.node, self._clock.monotonic() - work.starts, ticks))

    def _question(self, work: _Work) -> Question:
        around = self._surroundings
        own = work.node.instance_id if around.tell_apart() else ""
        key = work.script.digest, around.metadata_are_on(work.node), own
        return Question(work.script, work.order, work.node, key)

    def _report(self, work: _Work, output: Output) -> None:
        work.is_over = True
        result = replace(
            _shared(result_of(work.script.step, output)),
            began=work.began or self._clock.now(),
            ended=self._clock.now(),
        )
        reply = Reply(result.status, result, {result.status: 1})
        self._commands.reply(work.order, work.node.instance_id, reply)
        desk = self._desks[work.node.instance_id]
        desk.running.pop(work.order.command_id, None)
        self._start_next(desk)

    def _cancel(self, node: Node, cancel: Cancel) -> None:
        """End what runs. What only waits is dropped without a word, as by the real agent."""
        desk = self._desks.get(node.instance_id)
        if desk is None:
            return
        desk.waiting = deque(
            work for work in desk.waiting if work.order.command_id != cancel.command_id
        )
        work = desk.running.get(cancel.command_id)
        if work is not None and node.ends:
            self._report(work, Output(stopped("Cancelled")))


def _shared(result: Result) -> Result:
    """Equal texts as one: there are thousands of them."""
    if result.output == result.stdout:
        return replace(result, output=result.stdout)
    return result
