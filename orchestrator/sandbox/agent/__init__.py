"""The SSM agent of one emulated host.

It takes commands, runs five at once, keeps five more waiting, and replies to what it ran. What it
does and says is what amazon-ssm-agent 3.3 was seen to do (tests/recordings/agent-cases.json).
"""

from __future__ import annotations

import threading
from collections import deque
from concurrent.futures import Future, ThreadPoolExecutor

from orchestrator.ports import Clock
from orchestrator.sandbox.agent.work import Work
from orchestrator.sandbox.parts import Host
from orchestrator.sandbox.runcommand.messages import Cancel, Commands, Order, Reply

AT_ONCE = 5
WAITING = 5
_LONGEST_WAIT = 0.5
"""Seconds after which a host that came back is seen to be there."""


class Agent:
    """Takes the commands of one host from its construction until `close`."""

    def __init__(self, host: Host, commands: Commands, clock: Clock) -> None:
        self._host = host
        self._commands = commands
        self._clock = clock
        self._lock = threading.Lock()
        self._admission = threading.Lock()
        self._closed = threading.Event()
        self._taken: dict[str, tuple[Work, Future[None]]] = {}
        self._held: deque[Order] = deque()
        name = f"agent-{host.instance_id}"
        self._pool = ThreadPoolExecutor(AT_ONCE, thread_name_prefix=name)
        self._receiver = threading.Thread(target=self._receive, name=name, daemon=True)
        self._receiver.start()

    def close(self) -> None:
        """Kill the scripts that run, say nothing more, and wait until all threads are gone."""
        with self._lock:
            self._closed.set()
            self._held.clear()
            works = [work for work, _ in self._taken.values()]
        self._commands.hang_up(self._host.instance_id)
        for work in works:
            work.cancel()
        self._pool.shutdown(wait=True, cancel_futures=True)
        self._receiver.join()

    def _receive(self) -> None:
        while not self._closed.is_set():
            match self._commands.receive(self._host.instance_id, self._reachable, _LONGEST_WAIT):
                case Order() as order:
                    with self._lock:
                        self._held.append(order)
                    self._admit()
                case Cancel(command_id):
                    self._cancel(command_id)

    def _reachable(self) -> bool:
        return self._host.online

    def _admit(self) -> None:
        """Take what is held back while there is room; a command is acknowledged only then."""
        with self._admission:
            while order := self._next():
                self._take(order)

    def _next(self) -> Order | None:
        with self._lock:
            has_room = len(self._taken) < AT_ONCE + WAITING
            return self._held.popleft() if self._held and has_room else None

    def _take(self, order: Order) -> None:
        work = Work(self._host, order, self._clock)
        if refusal := work.refusal():
            self._reply(order, refusal)
        elif self._commands.acknowledge(order.command_id, self._host.instance_id):
            with self._lock:
                if not self._closed.is_set():
                    self._taken[order.command_id] = work, self._pool.submit(self._run, work)

    def _run(self, work: Work) -> None:
        try:
            reply = work.run()
        except Exception as error:  # noqa: BLE001 - the command must end, whatever the host did
            reply = Reply("Failed", 1, trace=f"{type(error).__name__}: {error}")
        with self._lock:
            self._taken.pop(work.order.command_id, None)
        self._reply(work.order, reply)
        self._admit()

    def _reply(self, order: Order, reply: Reply) -> None:
        if not self._closed.is_set():
            self._commands.reply(order.command_id, self._host.instance_id, reply)

    def _cancel(self, command_id: str) -> None:
        """End what runs. What only waits is dropped without a word, as by the real agent."""
        with self._lock:
            held = [order for order in self._held if order.command_id != command_id]
            self._held = deque(held)
            work, future = self._taken.get(command_id, (None, None))
            if future is not None and future.cancel():
                del self._taken[command_id]
                work = None
        if work is not None:
            work.cancel()
        self._admit()
