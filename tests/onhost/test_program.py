"""A program of the host is run within bounds, and nothing of it is left."""

import contextlib
import os
import signal
import sys
import time
from pathlib import Path

import pytest

from orchestrator.onhost.program import MOST_OUTPUT, run_program
from support.processes import soon


def run(folder, source, seconds=10.0, **more):
    command = [sys.executable, "-c", source]
    return run_program(command, os.environ, str(folder), seconds, **more)


def open_files():
    return len([*Path("/proc/self/fd").iterdir()])


def is_gone(number):
    state = Path("/proc", number, "stat")
    return not state.exists() or ") Z " in state.read_text()


def test_it_has_its_folder_no_input_and_a_session_of_its_own(tmp_path):
    source = (
        "import os, sys; print(os.getcwd(), repr(sys.stdin.read()), os.getpid() == os.getsid(0))"
    )
    end = run(tmp_path, source)
    assert (end.code, end.output.decode()) == (0, f"{tmp_path} '' True\n")
    assert (end.flooded, end.held) == (False, False)


def test_its_exit_code_and_what_killed_it_are_told(tmp_path):
    assert run(tmp_path, "raise SystemExit(7)").code == 7
    assert run(tmp_path, "import os; os.kill(os.getpid(), 9)").code == -9


def test_just_so_much_may_be_printed(tmp_path):
    end = run(tmp_path, f"import sys; sys.stdout.write('x' * {MOST_OUTPUT})")
    assert (end.code, len(end.output), end.flooded) == (0, MOST_OUTPUT, False)
    end = run(tmp_path, f"import sys; sys.stdout.write('x' * ({MOST_OUTPUT} + 1))")
    assert (end.code, len(end.output), end.flooded) == (None, MOST_OUTPUT, True)


@pytest.mark.parametrize("stream", ["stdout", "stderr"])
def test_who_prints_without_end_is_killed_at_once(tmp_path, stream):
    begun = time.monotonic()
    end = run(tmp_path, f"import sys\nwhile True: sys.{stream}.write('x' * 1000)")
    assert (end.code, end.flooded) == (None, True)
    assert len(end.output) <= MOST_OUTPUT
    assert time.monotonic() - begun < 5


def test_who_does_not_end_is_killed_with_all_that_it_started(tmp_path):
    source = (
        "import os, time\nchild = os.fork()\n"
        "open('child', 'w').write(str(child)) if child else None\ntime.sleep(60)"
    )
    end = run(tmp_path, source, seconds=1.0)
    assert (end.code, end.flooded, end.held) == (None, False, False)
    number = tmp_path.joinpath("child").read_text()
    assert soon(lambda: is_gone(number))


def test_what_it_leaves_in_its_group_ends_with_it(tmp_path):
    source = (
        "import os, time\nchild = os.fork()\n"
        "open('child', 'w').write(str(child)) if child else time.sleep(60)\nprint('done')"
    )
    end = run(tmp_path, source)
    assert (end.code, end.held) == (0, False)
    number = tmp_path.joinpath("child").read_text()
    assert soon(lambda: is_gone(number))


def test_who_leaves_the_group_and_holds_the_output_is_not_waited_for(tmp_path):
    source = (
        "import os, time\nif os.fork() == 0:\n    os.setsid()\n"
        "    open('new', 'w').write(str(os.getpid()))\n    os.rename('new', 'child')\n"
        "    time.sleep(60)\n    os._exit(0)\nwhile not os.path.exists('child'): time.sleep(0.01)"
    )
    begun = time.monotonic()
    end = run(tmp_path, source)
    spent = time.monotonic() - begun
    with contextlib.suppress(ProcessLookupError):
        os.kill(int(tmp_path.joinpath("child").read_text()), signal.SIGKILL)
    assert (end.code, end.held) == (0, True)
    assert spent < 10


def test_a_program_that_is_not_there_leaves_no_pipe_open(tmp_path):
    before = open_files()
    with pytest.raises(FileNotFoundError):
        run_program([str(tmp_path / "none")], os.environ, str(tmp_path), 1.0)
    assert open_files() <= before


def test_no_pipe_stays_open(tmp_path):
    before = open_files()
    run(tmp_path, "print(1)")
    assert soon(lambda: open_files() <= before)
