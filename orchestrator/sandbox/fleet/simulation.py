"""What the hosts of a fleet do: take a command, run it, report, on one heap of events.

Nothing here waits: `Simulation.run_due` does what is due by the clock, and says when something is
again. What a host does and says of a command is what `orchestrator.sandbox.agent` does and says:
five at once and five more waiting, time-out, cancel.
"""

from __future__ import annotations

import threading
from collections import Counter, deque
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field, replace
from datetime import datetime

from orchestrator.ports import Clock
from orchestrator.sandbox.agent import AT_ONCE, WAITING
from orchestrator.sandbox.agent.document.model import RefusedError
from orchestrator.sandbox.agent.endings import Output, result_of, stopped
from orchestrator.sandbox.agent.work import document_status
from orchestrator.sandbox.fleet.agenda import Agenda
from orchestrator.sandbox.fleet.commands import Script, Scripts
from orchestrator.sandbox.fleet.drawing import Drawing
from orchestrator.sandbox.fleet.nodes import Node
from orchestrator.sandbox.fleet.outputs import Outputs
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


@dataclass(frozen=True, slots=True)
class Pace:
    """How fast the hosts are, in seconds.

    ``seconds`` is the median of a script's run, ``delay`` what a start takes longer than usual.
    """

    seconds: float
    delay: float = 0.0


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
        outputs: Outputs,
        *,
        clock: Clock,
        chance: Drawing,
        pace: Pace,
    ) -> None:
        self._nodes = {node.instance_id: node for node in nodes}
        # All of a fleet behave alike.
        platform = next((node.platform for node in self._nodes.values()), "Windows")
        self._commands = commands
        self._outputs = outputs
        self._clock = clock
        self._chance = chance
        self._pace = pace
        self._scripts = Scripts(commands, platform)
        self._desks: dict[str, _Desk] = {}
        self._agenda = Agenda(clock)
        self._unanswered: list[_Work] = []
        self._answers_seen = 0
        self._inbox: deque[tuple[str, Order | Cancel]] = deque()
        self._lock = threading.Lock()
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
        if self._outputs.answered != self._answers_seen:
            self._answers_seen = self._outputs.answered
            unanswered, self._unanswered = self._unanswered, []
            for work in unanswered:
                self._end(work)
        pause = self._agenda.run_due()
        return 0.0 if self._inbox else pause

    def _posted(self) -> list[tuple[str, Order | Cancel]]:
        with self._lock:
            found = list(self._inbox)
            self._inbox.clear()
        return found

    def _take_in(self, node: Node, message: Order | Cancel) -> None:
        if not node.connected:
            # It never comes back, and SSM gives the command up by itself.
            return
        if not node.online:
            self._agenda.after(_LOOKS_FOR_ROLE, lambda: self._take_in(node, message))
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
            self._agenda.after(_AGAIN, lambda: self._take_in(node, order))
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
            self._agenda.at(work.starts, lambda work=work: self._begin(work))  # type: ignore[misc]  # bound now

    def _begin(self, work: _Work) -> None:
        if work.is_over:
            return
        work.began = self._clock.now()
        if work.script.step is None:
            self._tell(work, ())
            return
        if not work.node.ends:
            return
        is_late = work.runs > work.script.timeout
        work.ends = work.starts + (work.script.timeout + _AFTER_TIMEOUT if is_late else work.runs)
        if not is_late:
            # Asked for now, it is there when the script ends.
            self._outputs.prepare(work.node, work.order, work.script, work.starts)
        self._agenda.at(work.ends, lambda: self._end(work, is_late=is_late))

    def _end(self, work: _Work, *, is_late: bool = False) -> None:
        if work.is_over:
            return
        if is_late:
            self._report(work, Output(stopped("TimedOut")))
            return
        found = self._outputs.of(work.node, work.order, work.script, work.starts, work.ends)
        if found is None:
            self._unanswered.append(work)
        else:
            self._report(work, found)

    def _report(self, work: _Work, output: Output) -> None:
        assert work.script.step is not None  # nothing else puts anything out
        self._tell(work, (_shared(result_of(work.script.step, output)),))

    def _tell(self, work: _Work, ran: tuple[Result, ...]) -> None:
        """Say how it ended: of several steps each by itself, and then the whole."""
        work.is_over = True
        ended = self._clock.now()
        began = work.began or ended
        told = (*work.script.others, *ran)
        results = [replace(result, began=began, ended=ended) for result in told]
        counts = Counter(result.status for result in results)
        only = results[0] if len(results) == 1 else None
        for result in results if only is None else ():
            reply = Reply("InProgress", result)
            self._commands.reply(work.order, work.node.instance_id, reply)
        reply = Reply(document_status(counts), only, counts)
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
