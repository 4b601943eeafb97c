"""The user's command: its exit code, its signals."""

from __future__ import annotations

import signal
import subprocess
import sys

import pytest

from orchestrator.sandbox.launch.command import NoCommandError, find_command, run_command

OUTER = r"""\
import sys
from orchestrator.sandbox.launch.command import run_command
class Nobody:
    def started_command(self, process): pass
    def ended(self, number): pass
inner = '''
import os, signal, sys, time
def told(number, frame):
    os.write(1, b"told %d\\n" % number)
    sys.exit(40 + number)
signal.signal(signal.SIGINT, told)
signal.signal(signal.SIGTERM, told)
os.write(1, b"ready\\n")
time.sleep(30)
'''
code = run_command([sys.executable, "-c", inner], {}, Nobody())
print("after", flush=True)
sys.exit(code)
"""


class Seen:
    def __init__(self) -> None:
        self.running: set[int] = set()
        self.count = 0

    def started_command(self, process: int) -> None:
        self.running.add(process)
        self.count += 1

    def ended(self, number: int) -> None:
        self.running.discard(number)


def python(code: str, environment=None) -> tuple[int, Seen]:
    seen = Seen()
    return run_command([sys.executable, "-c", code], environment or {}, seen), seen


@pytest.mark.parametrize("code", [0, 1, 4, 130])
def test_the_exit_code_is_handed_on(code):
    assert python(f"exit({code})")[0] == code


def test_a_signals_death_is_told_as_shells_do():
    assert python("import os; os.kill(os.getpid(), 9)")[0] == 137


def test_it_is_listed_while_it_runs():
    _, seen = python("pass")
    assert (seen.count, seen.running) == (1, set())


def test_it_gets_the_environment_and_no_other():
    code = "import os; exit(os.environ.get('X') != 'y' or 'HOME' in os.environ)"
    assert python(code, {"X": "y"})[0] == 0


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_goes_to_the_command_first_and_then_we_go_on(number):
    outer = subprocess.Popen(
        [sys.executable, "-c", OUTER], stdout=subprocess.PIPE, text=True, start_new_session=True
    )
    with outer:
        assert outer.stdout is not None
        assert outer.stdout.readline() == "ready\n"
        outer.send_signal(number)
        assert outer.stdout.read() == f"told {int(number)}\nafter\n"
    assert outer.returncode == 40 + number


def test_own_handlers_come_back():
    before = signal.getsignal(signal.SIGTERM)
    python("pass")
    assert signal.getsignal(signal.SIGTERM) is before


def test_a_command_is_looked_for_on_the_path(tmp_path):
    program = tmp_path / "thing"
    program.write_text("#!/bin/sh\n")
    program.chmod(0o755)
    assert find_command("thing", {"PATH": str(tmp_path)}) == str(program)


def test_a_command_that_is_not_there_has_the_shells_code(tmp_path):
    with pytest.raises(NoCommandError, match="command not found") as caught:
        find_command("nothing-of-the-kind", {"PATH": str(tmp_path)})
    assert caught.value.exit_code == 127
