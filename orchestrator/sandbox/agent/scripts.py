"""The plugins that run scripts: one step's inputs, written, started, watched, ended."""

from __future__ import annotations

import threading
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from orchestrator.sandbox.agent import cuts, endings
from orchestrator.sandbox.agent.document.model import Step
from orchestrator.sandbox.agent.document.script import ScriptInput, UnfitError, script_input
from orchestrator.sandbox.agent.endings import Ending, Output
from orchestrator.sandbox.agent.files import Orchestration, end_output
from orchestrator.sandbox.agent.uploads import Uploads
from orchestrator.sandbox.parts import Host, Job, Running

_AFTER_A_KILL = 10.0
"""Seconds that a killed script is given to be gone."""


class LostError(Exception):
    """Nobody watches the script any more, though it may still run."""


@dataclass(slots=True)
class Watch:
    """The script that a command has running, if any. Its methods may come from other threads."""

    cancelled: threading.Event = field(default_factory=threading.Event)
    _lost: bool = False
    _lock: threading.Lock = field(default_factory=threading.Lock)
    _running: Running | None = None

    def cancel(self) -> None:
        """Kill it at once, or let it never start."""
        with self._lock:
            self.cancelled.set()
            if self._running:
                self._running.kill()

    def lose(self) -> None:
        """Let it run on unheard, as when the agent's document worker dies."""
        with self._lock:
            self._lost = True
            if self._running:
                self._running.abandon()

    def run(self, host: Host, job: Job, timeout: int) -> Ending:
        """Run a script to its end. LostError."""
        try:
            running = self._start(host, job)
        except OSError as error:
            return endings.not_started(str(error))
        code = running.wait(timeout) if running else None
        if self._lost:
            raise LostError
        if running and code is None:
            running.kill()
            running.wait(_AFTER_A_KILL)
        if self.cancelled.is_set():
            return endings.stopped("Cancelled")
        return endings.stopped("TimedOut") if code is None else endings.exited(code)

    def _start(self, host: Host, job: Job) -> Running | None:
        """The started script; None when the command was cancelled before."""
        with self._lock:
            self._running = None
            if not (self._lost or self.cancelled.is_set()):
                self._running = host.launch(job)
            return self._running


@dataclass(frozen=True, slots=True)
class Scripts:
    """Runs the scripts of one command. ``environment`` is what the agent adds to theirs."""

    host: Host
    orchestration: Orchestration
    environment: Mapping[str, str]
    uploads: Uploads
    watch: Watch

    def run(self, step: Step) -> Output:
        """Run a step; one with a list of inputs runs one script after the other. LostError."""
        if isinstance(step.properties, list):
            return endings.merged([self._one(step, given) for given in step.properties])
        return self._one(step, step.properties)

    def _one(self, step: Step, properties: Any) -> Output:
        if self.watch.cancelled.is_set():
            return endings.CANCELLED_BEFORE
        try:
            given = script_input(properties)
            folder = self.orchestration.output_folder(step, given.folder)
            script = self.orchestration.write_script(step, given.lines, given.folder)
        except (UnfitError, OSError) as error:
            return endings.unfit(str(error))
        ending = self.watch.run(self.host, self._job(step, given, script, folder), given.timeout)
        stdout, stderr = end_output(folder, ending.line)
        self.uploads.send(folder, step, given.folder)
        return Output(ending, cuts.stream(stdout), cuts.stream(stderr))

    def _job(self, step: Step, given: ScriptInput, script: Path, folder: Path) -> Job:
        environment = {**given.environment, **self.environment}
        directory = self.orchestration.working_directory(step, given.working_directory)
        return Job(script, folder, environment, directory)
