"""A Linux host that runs scripts with programs of this machine, as the real agent's did.

Its scripts find two programs of ours: a ``sleep`` under which time passes faster, and where there
is a play, a ``pwsh`` that plays what was recorded of the real one.
"""

from __future__ import annotations

import os
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from orchestrator.sandbox.host.process import Command, ProcessRun
from orchestrator.sandbox.parts import Job

INSTANCE = "i-0d176f4a5f9738429"
SYSTEM_PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
LONG = 20
"""Sleeps of so many seconds take as long as they say: they are there to be killed."""

SLEEP = """\
#!/bin/bash
: > {stage}/asleep-$1
while [ -e {stage}/hold ]; do /bin/sleep 0.02; done
if [ "${{1%.*}}" -ge {long} ]; then t=$1; else t=$(awk "BEGIN {{ print $1 / {pace} }}"); fi
exec -a "sleep $1" /bin/sleep "$t"
"""


class NoGroups:
    def started(self, group: int) -> None: ...
    def ended(self, group: int) -> None: ...


@dataclass
class Paced:
    """A run whose time-out passes faster, and only from when its script is ready for it.

    So a slow machine changes nothing: what is to happen before the time-out has happened.
    """

    run: ProcessRun
    pace: float
    is_ready: Callable[[], bool]
    is_over: bool = False

    def wait(self, timeout: float) -> int | None:
        while not (self.is_over or self.is_ready()):
            code = self.run.wait(0.02)
            if code is not None:
                return code
        return self.run.wait(timeout if self.is_over else timeout / self.pace)

    def kill(self) -> None:
        self.is_over = True
        self.run.kill()

    def abandon(self) -> None:
        self.is_over = True
        self.run.abandon()


@dataclass
class ShellHost:
    """``pace``: how many times faster than on a clock its time-outs pass, and its sleeps.

    ``is_ready`` says of a job whether its time-out may begin to pass. ``variables`` are what the
    agent itself was started with, ``play`` a shell script in the place of every PowerShell one.
    """

    folder: Path
    shell: str = "/bin/sh"
    pace: float = 1.0
    is_ready: Callable[[Job], bool] = lambda job: True
    variables: dict[str, str] = field(default_factory=dict)
    play: str = ""
    instance_id: str = INSTANCE
    name: str = "HOST"
    platform: str = "Linux"
    online: bool = True
    start_delay: float = 0.0
    started: list[Paced] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.bin.mkdir()
        self.stage.mkdir()
        (self.bin / "sh").symlink_to(self.shell)
        self._program("sleep", SLEEP.format(stage=self.stage, pace=self.pace, long=LONG))
        self._program("pwsh", f"#!/bin/sh\n{self.play}")

    @property
    def bin(self) -> Path:
        return self.folder / "bin"

    @property
    def stage(self) -> Path:
        """Where its sleeps leave marks, ``asleep-5``, and last as long as there is a ``hold``."""
        return self.folder / "stage"

    def is_asleep(self, seconds: str) -> bool:
        return (self.stage / f"asleep-{seconds}").exists()

    def launch(self, job: Job) -> Paced:
        program = ("sh", "-c") if job.script.suffix == ".sh" else ("pwsh", "-f")
        command = Command(
            argv=(*program, str(job.script)),
            environment={
                "PATH": f"{self.bin}:{SYSTEM_PATH}",
                **self.variables,
                **job.environment,
            },
            cwd=Path(job.working_directory or "/usr/bin"),
        )
        run = ProcessRun(command, job.folder, NoGroups())
        self.started.append(Paced(run, self.pace, lambda: self.is_ready(job)))
        return self.started[-1]

    def until_started(self, count: int = 1) -> None:
        until(lambda: len(self.started) >= count, "nothing was started")

    def _program(self, name: str, text: str) -> None:
        (self.bin / name).write_text(text)
        (self.bin / name).chmod(0o755)


def until(condition: Callable[[], object], complaint: str, seconds: float = 30.0) -> None:
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, complaint
        time.sleep(0.01)


def is_alive(pid: int) -> bool:
    """Whether it runs; one that only waits for its parent to look at it does not."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


def end(pid: int) -> None:
    """End a process that a script left behind."""
    if is_alive(pid):
        os.kill(pid, 9)
