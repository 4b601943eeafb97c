"""One command on its way through a host: written, started, watched, ended."""

from __future__ import annotations

import threading
from collections.abc import Mapping
from dataclasses import dataclass, field

from orchestrator.ports import Clock
from orchestrator.sandbox.agent import endings
from orchestrator.sandbox.agent.files import read_output, write_job
from orchestrator.sandbox.agent.placeholders import unknown_parameters
from orchestrator.sandbox.parts import Host, Job, Running
from orchestrator.sandbox.runcommand.info import PLATFORMS
from orchestrator.sandbox.runcommand.messages import Order, Reply, execution_timeout

_AFTER_A_KILL = 10.0
"""Seconds that a killed script is given to be gone."""


@dataclass(slots=True)
class Work:
    """A command that this host took. `run` blocks; `cancel` may come from another thread."""

    host: Host
    order: Order
    clock: Clock
    _cancelled: threading.Event = field(default_factory=threading.Event)
    _lock: threading.Lock = field(default_factory=threading.Lock)
    _running: Running | None = None

    def refusal(self) -> Reply | None:
        """The reply to a document that cannot even be read, so that nothing of it starts."""
        unknown = unknown_parameters(self.order.lines)
        if not unknown:
            return None
        trace = f"Input contains invalid parameters [{' '.join(unknown)}]"
        return Reply("Failed", -1, trace=trace)

    def run(self) -> Reply:
        """Run the script to its end and say how it ended."""
        job = write_job(
            self.host, self.order.command_id, self.order.plugin, self.order.lines, self._variables()
        )
        self._cancelled.wait(self.host.start_delay)
        began = self.clock.now()
        try:
            running = self._start(job)
        except OSError as error:
            return endings.not_started(str(error), began)
        code = self._wait(running) if running else None
        ran = endings.Ran(*read_output(job.folder), began, self.clock.now())
        if self._cancelled.is_set():
            return endings.stopped("Cancelled", ran)
        return endings.stopped("TimedOut", ran) if code is None else endings.exited(code, ran)

    def cancel(self) -> None:
        """End it at once, whether the script has started or not."""
        with self._lock:
            self._cancelled.set()
            if self._running:
                self._running.kill()

    def _start(self, job: Job) -> Running | None:
        """The started script; None when the command was cancelled before."""
        with self._lock:
            if not self._cancelled.is_set():
                self._running = self.host.launch(job)
            return self._running

    def _wait(self, running: Running) -> int | None:
        """The exit code; None when the time was up and the script was killed."""
        code = running.wait(execution_timeout(self.order.execution_timeout))
        if code is None:
            running.kill()
            running.wait(_AFTER_A_KILL)
        return code

    def _variables(self) -> Mapping[str, str]:
        """What the agent adds to a script's environment."""
        name, version = PLATFORMS[self.host.platform]
        return {
            "SSM_COMMAND_ID": self.order.command_id,
            "AWS_SSM_INSTANCE_ID": self.host.instance_id,
            "AWS_SSM_REGION_NAME": self.order.region,
            "AWS_SSM_PLATFORM_NAME": name,
            "AWS_SSM_PLATFORM_VERSION": version,
        }
