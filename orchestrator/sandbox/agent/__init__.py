"""The SSM agent of one emulated host.

It takes commands, runs five at once, keeps five more waiting, and replies to what it runs. What it
does and says is what amazon-ssm-agent 3.3 was seen to do (tests/recordings/agent-cases.json).

settings   channel and pace             document/  a message's text into steps
work       a command, step by step      scripts    a step's script, from its start to its end
endings    exit codes into results      cuts       output, cut by byte
files      what lies on the host        uploads    what goes to S3
line       what it says, by channel     outbox     replies, and again
"""

from __future__ import annotations

import threading
from concurrent.futures import Future, ThreadPoolExecutor

from orchestrator.ports import Clock
from orchestrator.sandbox.agent.document.model import RefusedError
from orchestrator.sandbox.agent.line import Line
from orchestrator.sandbox.agent.settings import AgentSettings
from orchestrator.sandbox.agent.work import Work, read_work
from orchestrator.sandbox.parts import Host
from orchestrator.sandbox.runcommand.messages import (
    Cancel,
    Commands,
    Order,
    Reply,
    Unknown,
)

AT_ONCE = 5
WAITING = 5
_LONGEST_WAIT = 0.5
"""Seconds after which a host that came back is seen to be there."""


class Agent:
    """Takes the commands of one host from its construction until `close`."""

    def __init__(
        self, host: Host, commands: Commands, clock: Clock, settings: AgentSettings | None = None
    ) -> None:
        self._host = host
        self._commands = commands
        self._clock = clock
        self._settings = settings or AgentSettings()
        self._lock = threading.Lock()
        self._closed = threading.Event()
        self._up = threading.Event()
        self._up.set()
        self._seen: set[str] = set()
        self._taken: dict[str, tuple[Work, Future[None]]] = {}
        self._line = Line(commands, host.instance_id, self._settings)
        name = f"agent-{host.instance_id}"
        self._pool = ThreadPoolExecutor(AT_ONCE, thread_name_prefix=name)
        self._receiver = threading.Thread(target=self._receive, name=name, daemon=True)
        self._receiver.start()

    def close(self) -> None:
        """Kill the scripts that run, say nothing more, and wait until all threads are gone."""
        with self._lock:
            self._closed.set()
            works = [work for work, _ in self._taken.values()]
        self._line.close()
        self._pool.shutdown(wait=False, cancel_futures=True)
        self._up.set()
        self._commands.hang_up(self._host.instance_id)
        for work in works:
            work.watch.cancel()
        self._pool.shutdown(wait=True)
        self._receiver.join()

    def go_down(self) -> None:
        """Neither hear nor say anything, as when the agent's process was killed.

        Scripts go on, and so do the document workers that watch them.
        """
        self._up.clear()
        self._line.go_down()

    def come_up(self) -> None:
        """Be there again, and say what came about meanwhile."""
        self._line.come_up()
        self._up.set()

    def lose_worker(self, command_id: str) -> None:
        """Let the document worker of a command that runs die. KeyError where it does not run."""
        with self._lock:
            work, _ = self._taken[command_id]
        work.watch.lose()

    def _receive(self) -> None:
        while not self._closed.is_set():
            self._up.wait()
            match self._commands.receive(self._host.instance_id, self._reachable, _LONGEST_WAIT):
                case Order() as order:
                    self._take(order)
                case Cancel() as cancel:
                    self._cancel(cancel)
                case Unknown() as unknown:
                    self._line.fail(unknown)

    def _reachable(self) -> bool:
        return self._host.online and self._up.is_set()

    def _take(self, order: Order) -> None:
        if order.command_id in self._seen:
            self._line.welcome_again(order)
            return
        try:
            work = read_work(self._host, order, self._commands, self._clock, self._settings)
        except RefusedError as error:
            self._line.refuse(order, str(error))
        except Exception as error:  # noqa: BLE001 - the command must end, whatever it carries
            self._line.refuse(order, f"{type(error).__name__}: {error}")
        else:
            self._take_in(work)

    def _take_in(self, work: Work) -> None:
        """Begin it, or let it wait. Where there is no room, the service sends it again."""
        with self._lock:
            has_room = len(self._taken) < AT_ONCE + WAITING
        if not has_room:
            self._line.turn_away(work.order)
            return
        self._seen.add(work.order.command_id)
        if self._line.welcome(work.order):
            with self._lock:
                if not self._closed.is_set():
                    self._taken[work.order.command_id] = work, self._pool.submit(self._run, work)

    def _run(self, work: Work) -> None:
        def tell(reply: Reply) -> None:
            if reply.status != "InProgress":
                self._forget(work)
            self._line.tell(work.order, reply)

        try:
            work.run(tell)
        except Exception as error:  # noqa: BLE001 - the command must end, whatever the host did
            tell(Reply("Failed", trace=f"{type(error).__name__}: {error}"))

    def _forget(self, work: Work) -> None:
        with self._lock:
            self._taken.pop(work.order.command_id, None)

    def _cancel(self, cancel: Cancel) -> None:
        """End what runs. What only waits is dropped without a word, as by the real agent."""
        self._line.welcome(cancel)
        with self._lock:
            work, future = self._taken.get(cancel.command_id, (None, None))
            if future is not None and future.cancel():
                del self._taken[cancel.command_id]
                work = None
        if work is not None:
            work.watch.cancel()
