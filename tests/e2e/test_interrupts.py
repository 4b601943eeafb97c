"""Ctrl-C and other ends from outside: what is told, what is cancelled, and what is left over."""

import json
import signal
import threading
import time
from pathlib import Path

import pytest

from orchestrator.run.command import CANCEL_WAIT
from support.processes import INSTANCE, begun, call, processes_naming, soon, standing, stopped
from support.stub_ssm import COMMAND, Endless, serving
from support.terminals import CTRL_C, on_terminal

pytestmark = pytest.mark.e2e

RUN = ("orch", "run", "--instance", INSTANCE)
EXEC = ("orch", "sandbox", "exec", "--engine", "stand-in")
SIGNALS = [signal.SIGINT, signal.SIGTERM, signal.SIGKILL]
KEYS = {"AWS_ACCESS_KEY_ID": "AKIDEXAMPLE", "AWS_SECRET_ACCESS_KEY": "secret"}
INPUTS = (
    *("--role-arn", "arn:aws:iam::222222222222:role/Test-Switch-Role"),
    *("--bucket", "xxxxxxxx-cloudtrail", "--region", "ap-northeast-1"),
)


@pytest.fixture(scope="module")
def slow(tmp_path_factory):
    """A sandbox whose host takes longer than anybody waits here."""
    with standing(tmp_path_factory.mktemp("slow"), "--host-delay", "600") as found:
        yield found


def newest_command(slow):
    """The newest command of a run, as the AWS CLI sees it; not the one that puts things back."""
    listed = call("aws", "ssm", "list-commands", "--output", "json", **slow.variables)
    commands = json.loads(listed.out)["Commands"]
    return next(item for item in commands if item["Comment"].endswith(" switch-role"))


def test_ctrl_c_at_a_terminal_cancels_the_command_and_says_what_may_be_left(slow):
    with on_terminal(*RUN, output_to_pipe=False, **slow.variables) as terminal:
        terminal.until("waiting for the host: 1 InProgress")
        terminal.type(CTRL_C)
        terminal.until("stopping: cancelling the command")
        ended = terminal.ended()
    assert ended.code == 130
    assert "UNKNOWN  switch-role on 1 host" in ended.err
    assert "interrupted" in ended.err
    command = newest_command(slow)
    assert (command["Status"], command["CompletedCount"]) == ("Cancelled", 1)
    run_id = command["Comment"].split()[1]
    told = " ".join(ended.err.split())
    assert f"left perhaps %ProgramData%\\orch-{run_id} (remove it there: Remove-Item " in told


def test_an_interrupt_off_a_terminal_leaves_one_document_on_standard_output(slow):
    with begun(*RUN, "--output", "json", **slow.variables) as process:
        sent = process.stderr.readline()
        process.send_signal(signal.SIGINT)
        out, err = process.communicate(timeout=60)
    assert process.returncode == 130
    report = json.loads(out)
    assert (report["interrupted"], report["exit_code"]) == (True, 130)
    (host,) = report["hosts"]
    assert (host["outcome"], host["status"]) == ("UNKNOWN", "Cancelled")
    assert sent == f"command {host['command_id']} sent to 1 host\n"
    (stopping, restoring) = err.splitlines()
    assert stopping == "stopping: cancelling the command (Ctrl-C again leaves it)"
    assert restoring == f"command {host['put_back']['command_id']} sent to 1 host"
    assert newest_command(slow)["CommandId"] == host["command_id"]
    assert newest_command(slow)["Status"] == "Cancelled"


def test_a_second_interrupt_leaves_at_once(tmp_path):
    ssm = Endless()
    with serving(ssm) as url:
        surroundings = KEYS | {"AWS_ENDPOINT_URL_SSM": url, "HOME": str(tmp_path)}
        with begun(*RUN, *INPUTS, cwd=tmp_path, **surroundings) as process:
            assert COMMAND in process.stderr.readline()
            process.send_signal(signal.SIGINT)
            assert soon(lambda: "CancelCommand" in ssm.asked)
            begin = time.monotonic()
            process.send_signal(signal.SIGINT)
            out, err = process.communicate(timeout=60)
    assert process.returncode == 130
    assert time.monotonic() - begin < CANCEL_WAIT
    assert "stopped again while waiting for the cancelled command to end" in out
    assert "left    perhaps" in out
    assert "Traceback" not in err


def test_an_interrupt_before_the_send_is_one_line(tmp_path):
    def wait(operation):
        asked.append(operation)
        over.wait(60)
        return 500, {}

    asked, over = [], threading.Event()
    with serving(wait) as url:
        surroundings = KEYS | {"AWS_ENDPOINT_URL_SSM": url, "HOME": str(tmp_path)}
        with begun(*RUN, *INPUTS, cwd=tmp_path, **surroundings) as process:
            assert soon(lambda: asked == ["DescribeInstanceInformation"])
            process.send_signal(signal.SIGINT)
            out, err = process.communicate(timeout=30)
        over.set()
    assert (process.returncode, out, err) == (130, "", "orch: stopped by Ctrl-C\n")


def left_over(folder):
    return [*processes_naming(folder).values(), *Path(folder).glob("orch-sandbox-*")]


@pytest.mark.parametrize("number", SIGNALS)
def test_nothing_outlives_a_command_in_a_sandbox(tmp_path, number):
    words = (*EXEC, "--scenario", "slow-start", "--", *RUN)
    with begun(*words, TMPDIR=str(tmp_path)) as process:

        def script_stands_still():
            running = processes_naming(tmp_path).items()
            return any(stopped(pid) for pid, told in running if "sandbox.host.standin" in told)

        # Stopped, it cannot end of itself however long the signal takes, nor heed anything mild.
        assert soon(script_stands_still)
        process.send_signal(number)
        code = process.wait(60)
        assert soon(lambda: not left_over(tmp_path)), left_over(tmp_path)
    expected = {signal.SIGINT: 130, signal.SIGTERM: 143, signal.SIGKILL: -9}
    assert code == expected[number]


@pytest.mark.parametrize("number", SIGNALS)
def test_nothing_outlives_a_sandbox_that_stays(tmp_path, number):
    with begun("orch", "sandbox", "start", TMPDIR=str(tmp_path)) as process:
        assert process.stdout.readline().startswith("export ")
        assert left_over(tmp_path)
        process.send_signal(number)
        code = process.wait(60)
        assert soon(lambda: not left_over(tmp_path)), left_over(tmp_path)
    assert code == (-9 if number == signal.SIGKILL else 0)


@pytest.mark.parametrize("number", SIGNALS)
def test_nothing_outlives_a_sandbox_that_was_only_starting(tmp_path, number):
    with begun(*EXEC, "--", *RUN, TMPDIR=str(tmp_path)) as process:
        assert soon(lambda: list(tmp_path.glob("orch-sandbox-*")))
        process.send_signal(number)
        code = process.wait(60)
        assert soon(lambda: not left_over(tmp_path)), left_over(tmp_path)
    assert code == (130 if number == signal.SIGINT else -number)


def test_ctrl_c_reaches_the_command_once_and_the_sandbox_goes_after_it(tmp_path):
    words = (*EXEC, "--host-delay", "600", "--", *RUN)
    with on_terminal(*words, output_to_pipe=False, TMPDIR=str(tmp_path)) as terminal:
        terminal.until("waiting for the host: 1 InProgress")
        terminal.type(CTRL_C)
        ended = terminal.ended()
        assert soon(lambda: not left_over(tmp_path)), left_over(tmp_path)
    assert ended.code == 130
    assert "interrupted" in ended.err
    assert "stopped again" not in ended.err
    assert "Traceback" not in ended.err
