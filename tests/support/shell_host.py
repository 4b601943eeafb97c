"""A host that runs scripts with a shell of this machine, as the real agent does on Linux."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
from dataclasses import dataclass, field
from pathlib import Path

from orchestrator.sandbox.parts import Job

INSTANCE = "i-0d176f4a5f9738429"


class Process:
    def __init__(self, process: subprocess.Popen[bytes], pace: float) -> None:
        self.process = process
        self.pace = pace

    def wait(self, timeout: float) -> int | None:
        try:
            return self.process.wait(timeout / self.pace)
        except subprocess.TimeoutExpired:
            return None

    def kill(self) -> None:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self.process.pid, signal.SIGKILL)


@dataclass
class ShellHost:
    """``pace``: how many times faster than on a clock its time-outs pass."""

    folder: Path
    shell: str = "/bin/sh"
    instance_id: str = INSTANCE
    name: str = "HOST"
    platform: str = "Linux"
    online: bool = True
    start_delay: float = 0.0
    pace: float = 1.0
    started: list[Process] = field(default_factory=list)

    def launch(self, job: Job) -> Process:
        with (
            (job.folder / "stdout").open("wb") as stdout,
            (job.folder / "stderr").open("wb") as stderr,
        ):
            process = subprocess.Popen(
                ["sh", "-c", str(job.script)],
                executable=self.shell,
                stdin=subprocess.DEVNULL,
                stdout=stdout,
                stderr=stderr,
                env={"PATH": os.environ["PATH"], **job.environment},
                start_new_session=True,
            )
        self.started.append(Process(process, self.pace))
        return self.started[-1]
