"""Nothing outlives a sandbox, however it ends."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from orchestrator.sandbox.launch.watcher import Watcher

SLEEP = (sys.executable, "-c", "import time; time.sleep(60)")
DYING = """\
import os, subprocess, sys, time
from orchestrator.sandbox.launch.watcher import Watcher
watcher = Watcher()
(watcher.folder / "file").write_text("x")
sleep = [sys.executable, "-c", "import time; time.sleep(60)"]
host = subprocess.Popen(sleep, start_new_session=True)
command = subprocess.Popen(sleep)
watcher.started(host.pid)
watcher.started_command(command.pid)
print(watcher.folder, host.pid, command.pid, flush=True)
time.sleep(60)
"""


def soon(holds: Callable[[], bool]) -> bool:
    deadline = time.monotonic() + 5
    while not holds() and time.monotonic() < deadline:
        time.sleep(0.01)
    return holds()


def is_gone(process: int) -> bool:
    """No such process, or only its entry that nobody has read yet."""
    try:
        return Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()[0] == "Z"
    except FileNotFoundError:
        return True


@pytest.fixture
def sleeper():
    process = subprocess.Popen(SLEEP, start_new_session=True)
    yield process
    process.kill()
    process.wait()


def test_what_left_its_group_on_a_host_is_killed_and_nothing_else(sleeper):
    watcher = Watcher()
    home = watcher.folder / "hosts/i-1/home"
    stray = subprocess.Popen(SLEEP, start_new_session=True, env={"HOME": str(home)})
    watcher.close()
    assert stray.wait(5) == -signal.SIGKILL
    assert sleeper.poll() is None


def test_close_removes_the_folder_and_waits_for_it():
    watcher = Watcher()
    (watcher.folder / "a/b").mkdir(parents=True)
    (watcher.folder / "a/b/file").write_text("x")
    watcher.close()
    assert not watcher.folder.exists()


def test_the_folder_is_its_owners_alone():
    watcher = Watcher()
    try:
        assert watcher.folder.stat().st_mode & 0o777 == 0o700
    finally:
        watcher.close()


def test_a_group_that_still_runs_is_killed(sleeper):
    watcher = Watcher()
    watcher.started(sleeper.pid)
    watcher.close()
    assert sleeper.wait(5) == -signal.SIGKILL


def test_a_group_that_ended_is_left_alone(sleeper):
    watcher = Watcher()
    watcher.started(sleeper.pid)
    watcher.ended(sleeper.pid)
    watcher.close()
    assert sleeper.poll() is None


def test_telling_a_closed_watcher_does_nothing():
    watcher = Watcher()
    watcher.close()
    watcher.ended(1)
    watcher.close()


def test_closing_is_quick():
    watcher = Watcher()
    time.sleep(0.2)
    begun = time.monotonic()
    watcher.close()
    assert time.monotonic() - begun < 0.5


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGTERM])
def test_when_the_sandbox_is_killed_everything_goes(number):
    sandbox = subprocess.Popen([sys.executable, "-c", DYING], stdout=subprocess.PIPE, text=True)
    with sandbox:
        assert sandbox.stdout is not None
        folder, host, command = sandbox.stdout.readline().split()
        os.kill(sandbox.pid, number)
    assert soon(lambda: not Path(folder).exists())
    assert soon(lambda: is_gone(int(host)))
    assert soon(lambda: is_gone(int(command)))
