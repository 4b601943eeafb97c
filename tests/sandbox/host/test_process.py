"""A script as a process: streams, exit codes, and the end of its whole group."""

from __future__ import annotations

import sys
import time

import pytest

from orchestrator.sandbox.host.process import Command, ProcessRun, kill_group
from orchestrator.sandbox.parts import NotStartedError


class GroupsSeen:
    def __init__(self) -> None:
        self.alive: set[int] = set()
        self.ever = 0

    def started(self, group: int) -> None:
        self.alive.add(group)
        self.ever += 1

    def ended(self, group: int) -> None:
        self.alive.discard(group)


@pytest.fixture
def groups() -> GroupsSeen:
    return GroupsSeen()


def start(groups, folder, code: str, **more) -> ProcessRun:
    command = Command((sys.executable, "-c", code), {}, folder, **more)
    return ProcessRun(command, folder / "job", groups)


def test_streams_and_exit_code(groups, tmp_path):
    run = start(groups, tmp_path, "import sys; print('o'); print('e', file=sys.stderr); exit(7)")
    assert run.wait(10) == 7
    assert (tmp_path / "job/stdout").read_text() == "o\n"
    assert (tmp_path / "job/stderr").read_text() == "e\n"


def test_standard_input_is_what_was_given_and_then_ends(groups, tmp_path):
    code = "import sys; print(repr(sys.stdin.read()))"
    run = start(groups, tmp_path, code, stdin="text\n")
    assert run.wait(10) == 0
    assert (tmp_path / "job/stdout").read_text() == "'text\\n'\n"


def test_it_still_runs_after_a_short_wait(groups, tmp_path):
    run = start(groups, tmp_path, "import time; time.sleep(30)")
    assert run.wait(0.01) is None
    run.kill()
    assert run.wait(10) == -9


def test_a_kill_ends_children_too_and_no_finally_runs(groups, tmp_path):
    mark = tmp_path / "finally"
    code = (
        "import subprocess, sys, time\n"
        f"try:\n    subprocess.run([sys.executable, '-c', 'import time; time.sleep(30)'])\n"
        f"finally:\n    open({str(mark)!r}, 'w')\n"
    )
    run = start(groups, tmp_path, code)
    time.sleep(0.2)
    begun = time.monotonic()
    run.kill()
    assert run.wait(10) == -9
    assert time.monotonic() - begun < 2
    assert not mark.exists()


def test_the_host_prints_around_the_script(groups, tmp_path):
    run = start(groups, tmp_path, "print('x')", before="a\n", after="z\n")
    assert run.wait(10) == 0
    assert (tmp_path / "job/stdout").read_text() == "a\nx\nz\n"


def test_exit_codes_may_be_passed_on_otherwise(groups, tmp_path):
    assert start(groups, tmp_path, "exit(3)", exits=lambda code: code + 1).wait(10) == 4


def test_groups_are_known_while_they_run(groups, tmp_path):
    run = start(groups, tmp_path, "pass")
    assert run.wait(10) == 0
    assert (groups.ever, groups.alive) == (1, set())


def test_a_kill_after_the_end_does_nothing(groups, tmp_path):
    run = start(groups, tmp_path, "exit(5)")
    assert run.wait(10) == 5
    run.kill()
    assert run.wait(0) == 5


CHILD = (
    "import subprocess; child = subprocess.Popen(['sleep', {seconds!r}]{more}); print(child.pid)"
)


def test_it_lasts_as_long_as_somebody_holds_its_output(groups, tmp_path):
    begun = time.monotonic()
    run = start(groups, tmp_path, CHILD.format(seconds="0.5", more=""))
    assert run.wait(10) == 0
    assert time.monotonic() - begun >= 0.5


def test_a_child_that_holds_nothing_is_left_behind_and_still_known(groups, tmp_path):
    more = ", stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL"
    run = start(groups, tmp_path, CHILD.format(seconds="30", more=more))
    assert run.wait(10) == 0
    (group,) = groups.alive
    kill_group(group)


def test_a_kill_does_not_wait_for_who_left_the_group(groups, tmp_path):
    code = CHILD.format(seconds="30", more=", start_new_session=True")
    run = start(groups, tmp_path, f"{code}\nimport sys, time; sys.stdout.flush(); time.sleep(30)")
    out = tmp_path / "job/stdout"
    while not out.read_text().endswith("\n"):
        time.sleep(0.01)
    run.kill()
    assert run.wait(2) == -9
    kill_group(int(out.read_text()))


def test_abandoned_it_goes_on_until_it_writes(groups, tmp_path):
    mark, late = tmp_path / "mark", tmp_path / "late"
    code = (
        "import signal, time; signal.signal(signal.SIGPIPE, signal.SIG_DFL)\n"
        f"print('heard', flush=True); time.sleep(0.3); open({str(mark)!r}, 'w')\n"
        f"print('unheard', flush=True); open({str(late)!r}, 'w')"
    )
    run = start(groups, tmp_path, code)
    while not (tmp_path / "job/stdout").read_text():
        time.sleep(0.01)
    run.abandon()
    assert run.wait(0) is None
    while groups.alive:
        time.sleep(0.01)
    assert mark.exists()
    assert not late.exists()
    assert run.wait(0) is None
    assert (tmp_path / "job/stdout").read_text() == "heard\n"


def test_files_of_output_are_nobody_elses_to_read(groups, tmp_path):
    assert start(groups, tmp_path, "pass").wait(10) == 0
    modes = {path.name: path.stat().st_mode & 0o777 for path in (tmp_path / "job").iterdir()}
    assert modes == {"stdout": 0o600, "stderr": 0o600}


@pytest.mark.parametrize(
    ("argv", "cwd", "why"),
    [
        (("/bin/sh",), "no/such", "fork/exec /bin/sh: no such file or directory"),
        (("/no/such",), "", "fork/exec /no/such: no such file or directory"),
        (("nosuchprogram",), "", 'exec: "nosuchprogram": executable file not found in $PATH'),
    ],
)
def test_what_cannot_be_started_says_why(groups, tmp_path, argv, cwd, why):
    command = Command(argv, {"PATH": "/bin"}, tmp_path / cwd)
    with pytest.raises(NotStartedError) as caught:
        ProcessRun(command, tmp_path / "job", groups)
    assert str(caught.value) == why
    assert groups.ever == 0
